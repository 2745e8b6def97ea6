import { text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import type { SaslCondition } from '../identity/login-mechanism.ts';

/** RFC 6120 §6 */
export const NS_SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';

/** RFC 6120 §6.4.1; left out where a host offers no way to log in. */
export function mechanismsFeature(mechanisms: readonly string[]): XmlElement | undefined {
  if (mechanisms.length === 0) return undefined;
  return xml(
    'mechanisms',
    { xmlns: NS_SASL },
    mechanisms.map((mechanism) => xml('mechanism', {}, mechanism)),
  );
}

/** RFC 6120 §6.4.6 @param additionalData what the mechanism has to say with it. */
export function saslSuccess(additionalData?: string): XmlElement {
  return xml('success', { xmlns: NS_SASL }, additionalData === undefined ? undefined : encode(additionalData));
}

/** RFC 6120 §6.4.3 */
export function saslChallenge(data: string): XmlElement {
  return xml('challenge', { xmlns: NS_SASL }, encode(data));
}

function encode(data: string): string {
  return Buffer.from(data, 'utf8').toString('base64');
}

/** Jitsi's client picks the text out of the raw frame: nothing may stand between the two elements (wire note §1.3). */
export function saslFailure(condition: SaslCondition, message?: string): XmlElement {
  return xml(
    'failure',
    { xmlns: NS_SASL },
    xml(condition),
    message === undefined ? undefined : xml('text', {}, message),
  );
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * What a client says inside `<auth/>` or `<response/>` (RFC 6120 §6.4.2, §6.4.4): nothing, empty (`=`) or Base64 without
 * white space.
 * @returns `malformed` for anything else.
 */
export function readResponse(element: XmlElement): { readonly response: string | undefined } | 'malformed' {
  const encoded = text(element);
  if (encoded === '') return { response: undefined };
  if (encoded === '=') return { response: '' };
  if (!BASE64.test(encoded)) return 'malformed';
  return { response: Buffer.from(encoded, 'base64').toString('utf8') };
}
