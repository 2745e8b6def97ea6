import type { XmlElement } from '../xmpp/element.ts';
import { readStanzaError, stanzaError, type StanzaError } from '../xmpp/stanza.ts';
import { bareOf } from '../xmpp/jid.ts';

/** An IQ that got no result. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: 'refused' | 'timeout' | 'not-connected';
  /** What the other side said; only with `refused`. */
  readonly stanzaError: StanzaError | undefined;

  constructor(code: 'refused' | 'timeout' | 'not-connected', message: string, error?: StanzaError) {
    super(message);
    this.code = code;
    this.stanzaError = error;
  }
}

interface Pending {
  readonly to: string | undefined;
  readonly timer: ReturnType<typeof setTimeout>;
  readonly resolve: (result: XmlElement) => void;
  readonly reject: (error: RequestError) => void;
}

/** IQ requests that wait for their one answer (RFC 6120 §8.2.3). */
export class PendingRequests {
  readonly #pending = new Map<string, Pending>();

  add(id: string, to: string | undefined, timeoutMs: number): Promise<XmlElement> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new RequestError('timeout', `no answer from ${to ?? 'the server'} within ${timeoutMs / 1_000} s`));
      }, timeoutMs);
      this.#pending.set(id, { to, timer, resolve, reject });
    });
  }

  /**
   * @param ownJid full JID; answers of the server in the name of our account may come from it or carry no `from`
   * @returns true if the stanza was an answer we wait for
   */
  settle(stanza: XmlElement, ownJid: string): boolean {
    const { id, type, from } = stanza.attrs;
    if (id === undefined || (type !== 'result' && type !== 'error')) return false;
    const pending = this.#pending.get(id);
    // Whoever else guesses the id cannot answer in the place of the one who was asked.
    if (pending === undefined || !isFrom(pending.to, from, ownJid)) return false;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    if (type === 'result') {
      pending.resolve(stanza);
    } else {
      const error = readStanzaError(stanza) ?? stanzaError('cancel', 'undefined-condition');
      pending.reject(new RequestError('refused', error.text ?? error.condition, error));
    }
    return true;
  }

  /** The session is gone: nobody will answer. */
  rejectAll(): void {
    const pending = Array.from(this.#pending.values());
    this.#pending.clear();
    for (const { timer, reject } of pending) {
      clearTimeout(timer);
      reject(new RequestError('not-connected', 'the connection was lost before the answer came'));
    }
  }
}

function isFrom(to: string | undefined, from: string | undefined, ownJid: string): boolean {
  if (from === to || from === undefined) return true;
  return to === undefined && (from === ownJid || from === bareOf(ownJid));
}
