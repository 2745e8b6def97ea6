import { childElements, childNamespace, type XmlElement } from '#protocol/xmpp/element.ts';
import { errorReply, iqResult, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Sender } from './sender.ts';

/** A request, checked as far as RFC 6120 §8.2.3 goes. */
export interface IqRequest {
  readonly sender: Sender;
  readonly type: 'get' | 'set';
  /** The one child. */
  readonly payload: XmlElement;
  readonly stanza: XmlElement;
}

/** What a request is answered with: a result with at most one child, or an error. */
export type IqAnswer = { readonly content: XmlElement | undefined } | { readonly error: StanzaError };

/** Answers one kind of request; modules hook these into tables. */
export interface IqHandler {
  readonly type: 'get' | 'set';
  readonly namespace: string;
  readonly element: string;
  answer(request: IqRequest): IqAnswer;
}

/** Requests that one address answers. Every request gets exactly one answer, also those nobody knows. */
export class IqTable {
  readonly #handlers = new Map<string, IqHandler>();

  constructor(handlers: readonly IqHandler[]) {
    for (const handler of handlers) {
      const key = keyOf(handler.type, handler.namespace, handler.element);
      if (this.#handlers.has(key)) throw new Error(`two handlers for ${key}`);
      this.#handlers.set(key, handler);
    }
  }

  /** @param unknown the error where no handler knows the request (RFC 6120 §8.4). */
  answer(request: IqRequest, unknown: StanzaError = UNKNOWN_REQUEST): IqAnswer {
    const namespace = childNamespace(request.stanza, request.payload) ?? '';
    const handler = this.#handlers.get(keyOf(request.type, namespace, request.payload.name));
    return handler === undefined ? { error: unknown } : handler.answer(request);
  }
}

const UNKNOWN_REQUEST = stanzaError('cancel', 'service-unavailable');

function keyOf(type: string, namespace: string, element: string): string {
  return `${type} ${namespace} ${element}`;
}

/** Reads an iq as a request: `response` for results and errors, an error where it is malformed (RFC 6120 §8.2.3). */
export function readIqRequest(sender: Sender, stanza: XmlElement): IqRequest | 'response' | StanzaError {
  const { type, id } = stanza.attrs;
  if (type === 'result' || type === 'error') return 'response';
  const children = childElements(stanza);
  const [payload] = children;
  if ((type !== 'get' && type !== 'set') || id === undefined || id === '') return BAD_REQUEST;
  if (payload === undefined || children.length !== 1) return BAD_REQUEST;
  return { sender, type, payload, stanza };
}

const BAD_REQUEST = stanzaError('modify', 'bad-request');

export function answerStanza(stanza: XmlElement, answer: IqAnswer): XmlElement {
  return 'error' in answer ? errorReply(stanza, answer.error) : iqResult(stanza, answer.content);
}
