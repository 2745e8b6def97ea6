import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_STANZA_ERRORS, type StanzaErrorCondition } from '#protocol/xmpp/stanza.ts';
import type { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { streamError, type StreamError } from './stream-error.ts';

/** XEP-0198 §3 */
export const NS_SM = 'urn:xmpp:sm:3';

/** XEP-0198 §4: both counters wrap around at 2³². */
const COUNTER_SIZE = 2 ** 32;
/** After so many stanzas without one the client is asked for an acknowledgement. */
const ACK_REQUEST_AFTER_STANZAS = 5;

export interface BacklogLimits {
  readonly maxUnacknowledgedStanzas: number;
  /** Characters; a broadcast counts for each receiver, though its text is kept once. */
  readonly maxUnacknowledgedLength: number;
}

/** The counters and the backlog of one session (XEP-0198 §4): what was handled, what is not acknowledged yet. No I/O. */
export class StreamManagement {
  /** The session's secret; whoever presents it gets the session. Undefined: it cannot be resumed. */
  readonly id: string | undefined;
  readonly #limits: BacklogLimits;
  readonly #backlog: OutgoingStanza[] = [];
  #backlogLength = 0;
  #acknowledged = 0;
  #handled = 0;
  #sentSinceRequest = 0;
  #isRequested = false;

  constructor(id: string | undefined, limits: BacklogLimits) {
    this.id = id;
    this.#limits = limits;
  }

  /** `h`: stanzas of the client that we handled. */
  get handled(): number {
    return this.#handled;
  }

  /** Stanzas sent to the client so far. */
  get sent(): number {
    return (this.#acknowledged + this.#backlog.length) % COUNTER_SIZE;
  }

  /** What the client has not acknowledged, oldest first. */
  get unacknowledged(): readonly OutgoingStanza[] {
    return this.#backlog;
  }

  countHandled(): void {
    this.#handled = (this.#handled + 1) % COUNTER_SIZE;
  }

  /** Keeps a stanza until it is acknowledged; false: more is waiting than is allowed. */
  keep(stanza: OutgoingStanza): boolean {
    this.#backlog.push(stanza);
    this.#backlogLength += stanza.length;
    this.#sentSinceRequest += 1;
    return (
      this.#backlog.length <= this.#limits.maxUnacknowledgedStanzas &&
      this.#backlogLength <= this.#limits.maxUnacknowledgedLength
    );
  }

  /** Whether `<r/>` should follow now; at most one is on its way. */
  takeAckRequest(): boolean {
    if (this.#isRequested || this.#sentSinceRequest < ACK_REQUEST_AFTER_STANZAS) return false;
    this.#isRequested = true;
    this.#sentSinceRequest = 0;
    return true;
  }

  /** Takes the client's `h`; false when it goes backwards or beyond what was sent. */
  acknowledge(h: number): boolean {
    const count = (h - this.#acknowledged + COUNTER_SIZE) % COUNTER_SIZE;
    if (count > this.#backlog.length) return false;
    for (const stanza of this.#backlog.splice(0, count)) this.#backlogLength -= stanza.length;
    this.#acknowledged = h;
    this.#isRequested = false;
    return true;
  }

  /** A new connection knows nothing of requests made on the old one. */
  resumed(): void {
    this.#isRequested = false;
    this.#sentSinceRequest = 0;
  }
}

/** `h` is an xs:unsignedInt. */
export function readCounter(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,10}$/.test(value)) return undefined;
  const number = Number(value);
  return number < COUNTER_SIZE ? number : undefined;
}

export const smFeature = xml('sm', { xmlns: NS_SM });
export const ackRequest = xml('r', { xmlns: NS_SM });

export function ack(h: number): XmlElement {
  return xml('a', { xmlns: NS_SM, h });
}

/** XEP-0198 §3 and §5: without an id the session cannot be resumed. */
export function enabled(id: string | undefined, resumeSeconds: number): XmlElement {
  const resume = id === undefined ? {} : { id, resume: 'true', max: resumeSeconds };
  return xml('enabled', { xmlns: NS_SM, ...resume });
}

export function resumed(previd: string, h: number): XmlElement {
  return xml('resumed', { xmlns: NS_SM, previd, h });
}

export function smFailed(condition: StanzaErrorCondition): XmlElement {
  return xml('failed', { xmlns: NS_SM }, xml(condition, { xmlns: NS_STANZA_ERRORS }));
}

/** XEP-0198 §4: the client acknowledged what was never sent. */
export function handledCountTooHigh(h: number, sent: number): StreamError {
  const detail = xml('handled-count-too-high', { xmlns: NS_SM, h, 'send-count': sent });
  return streamError('undefined-condition', 'You acknowledged more stanzas than were sent.', detail);
}
