import { randomBytes } from 'node:crypto';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_CLIENT, readStanzaError, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Clock, Timer } from './clock.ts';

/** What became of a question. */
export type IqOutcome =
  | { readonly kind: 'result'; readonly iq: XmlElement }
  | { readonly kind: 'error'; readonly error: StanzaError }
  | { readonly kind: 'timeout' }
  /** The conference or participant that asked is gone. */
  | { readonly kind: 'cancelled' };

const IQ_TIMEOUT_MS = 15_000;

interface PendingIq {
  readonly to: string;
  readonly timer: Timer;
  readonly resolve: (outcome: IqOutcome) => void;
}

/** The focus's own questions and their answers (RFC 6120 §8.2.3). */
export class IqExchange {
  readonly #from: string;
  readonly #send: (stanza: XmlElement) => void;
  readonly #clock: Clock;
  readonly #pending = new Map<string, PendingIq>();
  // Ids cannot be guessed by others, who could otherwise answer for somebody else were the sender not checked too.
  readonly #prefix = randomBytes(6).toString('base64url');
  #count = 0;

  constructor(from: string, send: (stanza: XmlElement) => void, clock: Clock) {
    this.#from = from;
    this.#send = send;
    this.#clock = clock;
  }

  /** Asks; the promise never rejects. */
  request(type: 'get' | 'set', to: string, content: XmlElement, timeoutMs = IQ_TIMEOUT_MS): Promise<IqOutcome> {
    const id = this.#nextId();
    const { promise, resolve } = Promise.withResolvers<IqOutcome>();
    const timer = this.#clock.setTimer(timeoutMs, () => this.#settle(id, { kind: 'timeout' }));
    this.#pending.set(id, { to, timer, resolve });
    this.#send(this.#iq(type, id, to, content));
    return promise;
  }

  /** Sends a set whose answer does not matter, or never comes. */
  tell(to: string, content: XmlElement): void {
    this.#send(this.#iq('set', this.#nextId(), to, content));
  }

  /** Takes a result or error; what nobody waits for, or comes from another address, is ignored. */
  handle(iq: XmlElement): void {
    const id = iq.attrs['id'] ?? '';
    if (this.#pending.get(id)?.to !== iq.attrs['from']) return;
    this.#settle(
      id,
      iq.attrs['type'] === 'result'
        ? { kind: 'result', iq }
        : { kind: 'error', error: readStanzaError(iq) ?? stanzaError('cancel', 'undefined-condition') },
    );
  }

  /** Ends the wait for answers from addresses that will not answer any more. */
  cancel(isGone: (address: string) => boolean): void {
    for (const [id, { to }] of [...this.#pending]) {
      if (isGone(to)) this.#settle(id, { kind: 'cancelled' });
    }
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  #settle(id: string, outcome: IqOutcome): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.timer.cancel();
    pending.resolve(outcome);
  }

  #nextId(): string {
    this.#count += 1;
    return `${this.#prefix}-${this.#count}`;
  }

  #iq(type: 'get' | 'set', id: string, to: string, content: XmlElement): XmlElement {
    return xml('iq', { xmlns: NS_CLIENT, type, id, from: this.#from, to }, content);
  }
}
