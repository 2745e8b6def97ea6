import type { Logger } from '#runtime/logger.ts';
import { withTag } from '../message/name-address.ts';
import type { SipUri } from '../message/uri.ts';
import type { Target } from '../transport/source.ts';
import type { CallWays } from './call-ways.ts';
import { ALLOW, USER_AGENT } from './capabilities.ts';

export interface TrunkPingSetting {
  readonly ways: CallWays;
  /** `sip:domain` of the trunk. */
  readonly uri: SipUri;
  /** Asked each time, since names change their addresses. */
  readonly targets: () => Promise<readonly Target[]>;
  readonly everyMs: number;
  readonly logger: Logger;
}

/**
 * Asks a trunk from time to time whether it is there (OPTIONS, RFC 3261 §11), which also keeps the way through routers between
 * us open. Any answer will do.
 */
export class TrunkPing {
  readonly #setting: TrunkPingSetting;
  #timer: NodeJS.Timeout | undefined;
  #number = 0;
  #isReachable: boolean | undefined;

  constructor(setting: TrunkPingSetting) {
    this.#setting = setting;
  }

  /** By the last answer; false too before the first. */
  get isReachable(): boolean {
    return this.#isReachable === true;
  }

  start(): void {
    const { everyMs } = this.#setting;
    this.#timer = setInterval(() => void this.#ping(), everyMs);
    this.#timer.unref();
    void this.#ping();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ping(): Promise<void> {
    const isReachable = await this.#isAnswered();
    if (isReachable === this.#isReachable) return;
    const { logger } = this.#setting;
    if (!isReachable) logger.warn('the trunk does not answer');
    else if (this.#isReachable !== undefined) logger.info('the trunk answers again');
    this.#isReachable = isReachable;
  }

  async #isAnswered(): Promise<boolean> {
    const { ways, uri } = this.#setting;
    const from = { uri, parameters: new Map<string, string | undefined>() };
    const [callId, tag] = [ways.randomToken(), ways.randomToken()];
    try {
      const outcome = await ways.exchange(
        (extra) => ({
          kind: 'request',
          method: 'OPTIONS',
          uri,
          via: [],
          from: withTag(from, tag),
          to: from,
          callId,
          cSeq: { number: ++this.#number, method: 'OPTIONS' },
          maxForwards: 70,
          contacts: [],
          routes: [],
          recordRoutes: [],
          others: [ALLOW, USER_AGENT, ...extra],
          body: new Uint8Array(),
        }),
        await this.#setting.targets(),
      );
      return outcome.kind === 'answered';
    } catch {
      return false; // its name leads nowhere now, or the network is away
    }
  }
}
