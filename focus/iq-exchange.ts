import { randomBytes } from 'node:crypto';
import { discoInfoQuery } from '#protocol/xmpp/disco.ts';
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
  readonly timer: Timer | undefined;
  readonly resolve: (outcome: IqOutcome) => void;
}

/**
 * What shows whether a client is there. Jitsi's client sends pings (XEP-0199) and answers none, against RFC 6120 §8.2.3;
 * this it answers (wire note §2.1), and others refuse it, which will do.
 */
const PROBE = discoInfoQuery(undefined);

/** The focus's own questions and their answers (RFC 6120 §8.2.3). */
export class IqExchange {
  readonly #from: string;
  readonly #send: (stanza: XmlElement) => void;
  readonly #clock: Clock;
  readonly #probes = new Map<string, Promise<IqOutcome>>();
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
    return this.#ask(type, to, content, (settle) => this.#clock.setTimer(timeoutMs, () => settle({ kind: 'timeout' })));
  }

  /**
   * Asks somebody whose stanzas may be kept while its connection is gone (XEP-0198 §5), where a second question would only
   * be one more to work off. Past the time-out it is probed, once. Stanzas arrive in order: who answers the probe first has
   * ignored the question ('timeout'), who answers neither is away, and the wait goes on until it is back or out of the room.
   */
  requestPatiently(to: string, content: XmlElement): Promise<IqOutcome> {
    return this.#ask('set', to, content, (settle) =>
      this.#clock.setTimer(IQ_TIMEOUT_MS, () => {
        void this.probe(to).then(({ kind }) => settle({ kind: kind === 'cancelled' ? kind : 'timeout' }));
      }),
    );
  }

  /** Settles once the client shows that it is there, or is out of the room ('cancelled'); one question serves all who ask. */
  probe(to: string): Promise<IqOutcome> {
    let probe = this.#probes.get(to);
    if (probe === undefined) {
      probe = this.#ask('get', to, PROBE, () => undefined).finally(() => this.#probes.delete(to));
      this.#probes.set(to, probe);
    }
    return probe;
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

  #ask(
    type: 'get' | 'set',
    to: string,
    content: XmlElement,
    startTimer: (settle: (outcome: IqOutcome) => void) => Timer | undefined,
  ): Promise<IqOutcome> {
    const id = this.#nextId();
    const { promise, resolve } = Promise.withResolvers<IqOutcome>();
    const timer = startTimer((outcome) => this.#settle(id, outcome));
    this.#pending.set(id, { to, timer, resolve });
    this.#send(this.#iq(type, id, to, content));
    return promise;
  }

  #settle(id: string, outcome: IqOutcome): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.timer?.cancel();
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
