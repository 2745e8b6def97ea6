import type { ConnectionState } from '#protocol/xmpp-client/connection.ts';
import type { Trouble } from './meeting-types.ts';

/** Parts of what can be wrong at the same time. */
export interface TroubleFacts {
  readonly connection: ConnectionState;
  readonly host: string;
  readonly media: Trouble | undefined;
  readonly isReceivingBadly: boolean;
  readonly isSendingBadly: boolean;
}

/** Worst first. A first attempt that is under way is no trouble. */
export function troublesOf(facts: TroubleFacts): readonly Trouble[] {
  const { connection, host, media } = facts;
  const troubles: Trouble[] = [];
  if (connection.name === 'connecting' && connection.failingSinceMs !== undefined) {
    const { failingSinceMs, attempt } = connection;
    troubles.push({ code: 'signalling-lost', sinceMs: failingSinceMs, attempt, host });
  }
  if (media !== undefined) troubles.push(media);
  if (facts.isReceivingBadly) troubles.push({ code: 'poor-receive' });
  if (facts.isSendingBadly) troubles.push({ code: 'poor-send' });
  return troubles;
}

/** Says that something is bad after it was for a while, and good again after it was for longer. */
export class Hysteresis {
  readonly #untilBad: number;
  readonly #untilGood: number;
  #count = 0;
  #isBad = false;

  /** Both in samples. */
  constructor(untilBad: number, untilGood: number) {
    this.#untilBad = untilBad;
    this.#untilGood = untilGood;
  }

  get isBad(): boolean {
    return this.#isBad;
  }

  sample(isBad: boolean): boolean {
    this.#count = isBad === this.#isBad ? 0 : this.#count + 1;
    if (this.#count >= (this.#isBad ? this.#untilGood : this.#untilBad)) {
      this.#isBad = isBad;
      this.#count = 0;
    }
    return this.#isBad;
  }
}
