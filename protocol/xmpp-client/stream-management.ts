import { xml, type XmlElement } from '../xmpp/element.ts';

/** XEP-0198 1.6 */
export const NS_STREAM_MANAGEMENT = 'urn:xmpp:sm:3';

/** Stanzas that may wait for an acknowledgement; a server that never acknowledges is broken. */
const MAX_UNACKNOWLEDGED = 1_000;
// XEP-0198 §4: counters wrap at 2^32.
const COUNTER_SIZE = 2 ** 32;
/** An acknowledgement is asked for after so many stanzas. */
const REQUEST_AFTER = 5;

interface Outgoing {
  readonly stanza: XmlElement;
  readonly onAcknowledged: (() => void) | undefined;
}

/** Counts stanzas of one stream and keeps what the other side has not confirmed; no sockets, no timers. */
export class StreamManagement {
  /** Set once the server has enabled resumption. */
  #resumeId: string | undefined;
  #unacknowledged: Outgoing[] = [];
  #acknowledgedCount = 0;
  #receivedCount = 0;
  #sinceRequest = 0;

  get resumeId(): string | undefined {
    return this.#resumeId;
  }

  /** How many stanzas we have handled: `h`. */
  get receivedCount(): number {
    return this.#receivedCount;
  }

  /** `<enabled/>` came; counting of what we receive begins. @throws nothing */
  enabled(element: XmlElement): void {
    const isResumable = element.attrs['resume'] === 'true' || element.attrs['resume'] === '1';
    this.#resumeId = isResumable ? element.attrs['id'] : undefined;
    this.#receivedCount = 0;
  }

  received(): void {
    this.#receivedCount = (this.#receivedCount + 1) % COUNTER_SIZE;
  }

  /** @returns true if an acknowledgement should be asked for now */
  sent(stanza: XmlElement, onAcknowledged?: () => void): boolean {
    this.#unacknowledged.push({ stanza, onAcknowledged });
    if (this.#unacknowledged.length > MAX_UNACKNOWLEDGED) this.#unacknowledged.shift();
    this.#sinceRequest += 1;
    if (this.#sinceRequest < REQUEST_AFTER && onAcknowledged === undefined) return false;
    this.#sinceRequest = 0;
    return true;
  }

  /**
   * The other side says that it handled `h` of our stanzas.
   * @returns false if that cannot be: less than before or more than we sent
   */
  acknowledged(h: number): boolean {
    const newly = (h - this.#acknowledgedCount + COUNTER_SIZE) % COUNTER_SIZE;
    if (newly > this.#unacknowledged.length) return false;
    this.#acknowledgedCount = h;
    for (const { onAcknowledged } of this.#unacknowledged.splice(0, newly)) onAcknowledged?.();
    return true;
  }

  /** What must be sent again after a resumption; it stays in the queue until acknowledged. */
  unacknowledged(): XmlElement[] {
    return this.#unacknowledged.map(({ stanza }) => stanza);
  }
}

export const enableElement = xml('enable', { xmlns: NS_STREAM_MANAGEMENT, resume: 'true' });
export const requestElement = xml('r', { xmlns: NS_STREAM_MANAGEMENT });

export function acknowledgementElement(h: number): XmlElement {
  return xml('a', { xmlns: NS_STREAM_MANAGEMENT, h });
}

/** `h` of `<a/>`, `<resumed/>` or `<failed/>`; undefined if it is no counter. */
export function readCounter(element: XmlElement): number | undefined {
  const value = element.attrs['h'];
  return value !== undefined && /^\d{1,10}$/.test(value) && Number(value) < COUNTER_SIZE ? Number(value) : undefined;
}
