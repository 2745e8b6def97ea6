import type { XmlContent, XmlElement } from '#protocol/xmpp/element.ts';
import { errorReply, iqResult, type StanzaError } from '#protocol/xmpp/stanza.ts';

/** A question to the focus. It gets exactly one answer (RFC 6120 §8.2.3); a second one is a bug of ours. */
export class IncomingIq {
  readonly stanza: XmlElement;
  /** Full address of the sender, an occupant's for what comes through a room; verified by signalling. */
  readonly from: string;
  readonly type: 'get' | 'set';
  readonly #send: (stanza: XmlElement) => void;
  #isAnswered = false;

  constructor(stanza: XmlElement, send: (stanza: XmlElement) => void) {
    this.stanza = stanza;
    this.from = stanza.attrs['from'] ?? '';
    this.type = stanza.attrs['type'] === 'get' ? 'get' : 'set';
    this.#send = send;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  answer(...content: readonly XmlContent[]): void {
    this.#reply(iqResult(this.stanza, ...content));
  }

  refuse(error: StanzaError): void {
    this.#reply(errorReply(this.stanza, error));
  }

  #reply(stanza: XmlElement): void {
    if (this.#isAnswered) throw new Error('an IQ was answered twice');
    this.#isAnswered = true;
    this.#send(stanza);
  }
}
