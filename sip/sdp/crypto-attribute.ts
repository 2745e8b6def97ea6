import type { MediaSection } from './session-description.ts';

// SDES (RFC 4568): the keys of SRTP in `a=crypto`. One suite, keys for the whole session, no session parameters, no MKI: what
// asks for more is not understood and so not chosen.

export const CRYPTO_SUITE = 'AES_CM_128_HMAC_SHA1_80';
/** Master key of 128 bits and master salt of 112 (RFC 4568 §6.2). */
export const SRTP_KEY_BYTES = 30;

export interface CryptoAttribute {
  /** Names the line, in offer and answer alike. */
  readonly tag: number;
  /** Master key and salt, SRTP_KEY_BYTES long. */
  readonly key: Uint8Array;
}

/** The first line that we understand. */
export function readCrypto({ attributes }: Pick<MediaSection, 'attributes'>): CryptoAttribute | undefined {
  for (const { name, value } of attributes) {
    const crypto = name === 'crypto' ? parseCrypto(value) : undefined;
    if (crypto !== undefined) return crypto;
  }
  return undefined;
}

function parseCrypto(value: string): CryptoAttribute | undefined {
  const [tag = '', suite, inline = '', ...sessionParameters] = value.split(' ').filter((part) => part !== '');
  if (!/^\d{1,9}$/.test(tag) || suite !== CRYPTO_SUITE || sessionParameters.length > 0) return undefined;
  const match = /^inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^)?\d{1,15})?$/.exec(inline);
  const key = Buffer.from(match?.[1] ?? '', 'base64');
  return key.length === SRTP_KEY_BYTES ? { tag: Number(tag), key } : undefined;
}

export function formatCrypto({ tag, key }: CryptoAttribute): string {
  return `${tag} ${CRYPTO_SUITE} inline:${Buffer.from(key).toString('base64')}`;
}
