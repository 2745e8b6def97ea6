import { xml, type XmlElement } from '#protocol/xmpp/element.ts';

/** RFC 6120 §4.2 and §4.9.1: namespace of the stream's own elements. */
export const NS_STREAM = 'http://etherx.jabber.org/streams';
/** RFC 6120 §4.9.3 */
const NS_STREAM_ERRORS = 'urn:ietf:params:xml:ns:xmpp-streams';

/** RFC 6120 §4.9.3, those that we send. */
export type StreamErrorCondition =
  | 'bad-format'
  | 'conflict'
  | 'connection-timeout'
  | 'host-unknown'
  | 'internal-server-error'
  | 'invalid-from'
  | 'invalid-namespace'
  | 'not-authorized'
  | 'not-well-formed'
  | 'policy-violation'
  | 'resource-constraint'
  | 'restricted-xml'
  | 'system-shutdown'
  | 'undefined-condition'
  | 'unsupported-encoding'
  | 'unsupported-stanza-type'
  | 'unsupported-version';

/** Why a stream ends; nothing can be sent after it. */
export interface StreamError {
  readonly condition: StreamErrorCondition;
  /** For people; English. */
  readonly text?: string;
  /** RFC 6120 §4.9.4: the application-specific condition. */
  readonly detail?: XmlElement;
}

export function streamError(condition: StreamErrorCondition, text?: string, detail?: XmlElement): StreamError {
  return { condition, ...(text === undefined ? {} : { text }), ...(detail === undefined ? {} : { detail }) };
}

/** Written with the `stream:` prefix, which clients look for by name. */
export function streamErrorElement(error: StreamError): XmlElement {
  return xml(
    'stream:error',
    { 'xmlns:stream': NS_STREAM },
    xml(error.condition, { xmlns: NS_STREAM_ERRORS }),
    error.text === undefined ? undefined : xml('text', { xmlns: NS_STREAM_ERRORS, 'xml:lang': 'en' }, error.text),
    error.detail,
  );
}
