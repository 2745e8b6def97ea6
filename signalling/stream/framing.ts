import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { parseXml, type XmlBounds } from '#protocol/xmpp/xml.ts';
import { NS_SASL } from './sasl.ts';
import { streamError, type StreamError } from './stream-error.ts';
import { NS_SM } from './stream-management.ts';

/** RFC 7395 §3.3.1 */
const NS_FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing';

/** One WebSocket frame, sorted by what it is. */
export type Frame =
  | { readonly kind: 'open'; readonly element: XmlElement }
  | { readonly kind: 'close' }
  | { readonly kind: 'sasl'; readonly element: XmlElement }
  | { readonly kind: 'stream-management'; readonly element: XmlElement }
  | { readonly kind: 'stanza'; readonly element: XmlElement };

/** A frame that no stream survives. */
export type FrameRefusal = { readonly kind: 'refused'; readonly error: StreamError };

const STANZAS: ReadonlySet<string> = new Set(['iq', 'message', 'presence']);

/** Reads one frame (RFC 7395 §3.3.3: exactly one element, with its namespace). */
export function readFrame(text: string, bounds: XmlBounds): Frame | FrameRefusal {
  let element: XmlElement;
  try {
    element = parseXml(text, bounds);
  } catch (error) {
    if (error instanceof DecodeError) return { kind: 'refused', error: decodeStreamError(error) };
    throw error;
  }
  const namespace = element.attrs['xmlns'];
  if (namespace === NS_FRAMING) {
    if (element.name === 'open') return { kind: 'open', element };
    if (element.name === 'close') return { kind: 'close' };
    return { kind: 'refused', error: streamError('bad-format', 'Neither <open/> nor <close/>.') };
  }
  if (namespace === NS_SASL) return { kind: 'sasl', element };
  if (namespace === NS_SM) return { kind: 'stream-management', element };
  if (namespace !== NS_CLIENT && namespace !== undefined) {
    return { kind: 'refused', error: streamError('invalid-namespace', 'Stanzas belong to jabber:client.') };
  }
  if (!STANZAS.has(element.name)) return { kind: 'refused', error: streamError('unsupported-stanza-type') };
  // RFC 7395 wants the namespace on every frame; where it is missing nothing else can be meant.
  return { kind: 'stanza', element: namespace === undefined ? withNamespace(element) : element };
}

function withNamespace(element: XmlElement): XmlElement {
  return { ...element, attrs: { ...element.attrs, xmlns: NS_CLIENT } };
}

function decodeStreamError(error: DecodeError): StreamError {
  switch (error.reason) {
    case 'restricted-xml':
      return streamError('restricted-xml', error.message);
    case 'too-large':
      // XEP-0205 §2: what exceeds a limit is a violation of policy.
      return streamError('policy-violation', error.message, xml('stanza-too-big', { xmlns: 'urn:xmpp:errors' }));
    case 'bad-format':
      return streamError('bad-format', error.message);
    case 'not-well-formed':
      return streamError('not-well-formed', error.message);
  }
}

/** RFC 7395 §3.4 */
export function openFrame(host: string, streamId: string): XmlElement {
  return xml('open', { xmlns: NS_FRAMING, from: host, id: streamId, version: '1.0', 'xml:lang': 'en' });
}

/** RFC 7395 §3.6 */
export const closeFrame = xml('close', { xmlns: NS_FRAMING });
