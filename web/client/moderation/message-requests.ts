import { withAttributes, type XmlElement } from '#protocol/xmpp/element.ts';
import { readStanzaError, stanzaError } from '#protocol/xmpp/stanza.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';

const TIMEOUT_MS = 10_000;

/** What is needed of the connection. */
export interface MessageConnection {
  send(stanza: XmlElement, onAcknowledged?: () => void): boolean;
}

interface Waiting {
  readonly to: string;
  readonly settle: (error?: RequestError) => void;
}

/**
 * Messages that ask a component for something. It answers only to refuse, and before the server acknowledges the message
 * (XEP-0198): an acknowledgement alone means that it was done.
 */
export class MessageRequests {
  readonly #connection: MessageConnection;
  readonly #waiting = new Map<string, Waiting>();

  constructor(connection: MessageConnection) {
    this.#connection = connection;
  }

  /** @throws RequestError for a refusal, a time-out or no connection */
  async send(message: XmlElement): Promise<void> {
    const id = crypto.randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error?: RequestError) => {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (error === undefined) resolve();
      else reject(error);
    };
    const timer = setTimeout(() => settle(new RequestError('timeout', 'the server did not take it')), TIMEOUT_MS);
    this.#waiting.set(id, { to: message.attrs['to'] ?? '', settle });
    const isOnItsWay = this.#connection.send(withAttributes(message, { id }), () => this.#waiting.get(id)?.settle());
    if (!isOnItsWay) settle(new RequestError('not-connected', 'there is no connection to the server'));
    await promise;
  }

  /** @returns true if the stanza was a refusal that somebody waits for */
  settle(stanza: XmlElement): boolean {
    const { id, from, type } = stanza.attrs;
    if (stanza.name !== 'message' || type !== 'error' || id === undefined) return false;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.to !== from) return false;
    const error = readStanzaError(stanza) ?? stanzaError('cancel', 'undefined-condition');
    waiting.settle(new RequestError('refused', error.text ?? error.condition, error));
    return true;
  }
}
