import { child, childElements, childText, xml, type XmlContent, type XmlElement } from './element.ts';

/** RFC 6120 §4.8.2: the content namespace of client streams. */
export const NS_CLIENT = 'jabber:client';
/** RFC 6120 §8.3.2: stanza error conditions. */
export const NS_STANZA_ERRORS = 'urn:ietf:params:xml:ns:xmpp-stanzas';

/** RFC 6120 §8.3.2 */
export type StanzaErrorType = 'auth' | 'cancel' | 'continue' | 'modify' | 'wait';

/** RFC 6120 §8.3.3 */
export type StanzaErrorCondition =
  | 'bad-request'
  | 'conflict'
  | 'feature-not-implemented'
  | 'forbidden'
  | 'gone'
  | 'internal-server-error'
  | 'item-not-found'
  | 'jid-malformed'
  | 'not-acceptable'
  | 'not-allowed'
  | 'not-authorized'
  | 'payment-required'
  | 'policy-violation'
  | 'recipient-unavailable'
  | 'redirect'
  | 'registration-required'
  | 'remote-server-not-found'
  | 'remote-server-timeout'
  | 'resource-constraint'
  | 'service-unavailable'
  | 'subscription-required'
  | 'undefined-condition'
  | 'unexpected-request';

/** A refusal as a value: what the `<error/>` child will say. */
export interface StanzaError {
  readonly type: StanzaErrorType;
  readonly condition: StanzaErrorCondition;
  /** For people; English. */
  readonly text?: string;
  /** Application-specific condition elements (RFC 6120 §8.3.4), e.g. `<lobbyroom/>`. */
  readonly details?: readonly XmlElement[];
}

export function stanzaError(
  type: StanzaErrorType,
  condition: StanzaErrorCondition,
  text?: string,
  ...details: readonly XmlElement[]
): StanzaError {
  return { type, condition, ...(text === undefined ? {} : { text }), ...(details.length === 0 ? {} : { details }) };
}

/** The `<error/>` element; conditions carry their namespace literally, as Jitsi clients select by it. */
export function errorElement(error: StanzaError): XmlElement {
  return xml(
    'error',
    { type: error.type },
    xml(error.condition, { xmlns: NS_STANZA_ERRORS }),
    error.text === undefined ? undefined : xml('text', { xmlns: NS_STANZA_ERRORS, 'xml:lang': 'en' }, error.text),
    error.details,
  );
}

/** What an incoming `<error/>` says; unknown conditions become `undefined-condition` (RFC 6120 §8.3.3.21). */
export function readStanzaError(stanza: XmlElement): StanzaError | undefined {
  const error = child(stanza, 'error');
  if (error === undefined) return undefined;
  const condition = childElements(error, undefined, NS_STANZA_ERRORS).find((element) => element.name !== 'text');
  const text = childText(error, 'text', NS_STANZA_ERRORS) ?? childText(error, 'text');
  const details = childElements(error).filter((element) => element.attrs['xmlns'] !== NS_STANZA_ERRORS);
  return stanzaError(
    isErrorType(error.attrs['type']) ? error.attrs['type'] : 'cancel',
    isErrorCondition(condition?.name) ? condition.name : 'undefined-condition',
    text,
    ...details,
  );
}

/** The answer to a request: same id, addresses swapped. */
export function iqResult(request: XmlElement, ...content: readonly XmlContent[]): XmlElement {
  return reply(request, 'result', ...content);
}

/** The error answer to any stanza (RFC 6120 §8.3.1): same kind and id, addresses swapped. */
export function errorReply(request: XmlElement, error: StanzaError): XmlElement {
  return reply(request, 'error', errorElement(error));
}

function reply(request: XmlElement, type: string, ...content: readonly XmlContent[]): XmlElement {
  return xml(
    request.name,
    {
      xmlns: request.attrs['xmlns'],
      type,
      id: request.attrs['id'],
      from: request.attrs['to'],
      to: request.attrs['from'],
    },
    ...content,
  );
}

const ERROR_TYPES: ReadonlySet<string> = new Set(['auth', 'cancel', 'continue', 'modify', 'wait']);
const ERROR_CONDITIONS: ReadonlySet<string> = new Set([
  'bad-request',
  'conflict',
  'feature-not-implemented',
  'forbidden',
  'gone',
  'internal-server-error',
  'item-not-found',
  'jid-malformed',
  'not-acceptable',
  'not-allowed',
  'not-authorized',
  'payment-required',
  'policy-violation',
  'recipient-unavailable',
  'redirect',
  'registration-required',
  'remote-server-not-found',
  'remote-server-timeout',
  'resource-constraint',
  'service-unavailable',
  'subscription-required',
  'undefined-condition',
  'unexpected-request',
]);

function isErrorType(value: string | undefined): value is StanzaErrorType {
  return value !== undefined && ERROR_TYPES.has(value);
}

function isErrorCondition(value: string | undefined): value is StanzaErrorCondition {
  return value !== undefined && ERROR_CONDITIONS.has(value);
}
