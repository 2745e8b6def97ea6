import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { CIPHER, type SessionKeys } from './session-keys.ts';

/** HMAC-SHA1 cut to 80 bits. */
export const TAG_BYTES = 10;

/** Counter mode over a payload, in one direction the same as in the other (RFC 3711 §4.1.1). @param index of the packet, 48 bits */
export function applyCipher({ cipher, salt }: SessionKeys, ssrc: number, index: number, payload: Uint8Array): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(salt);
  iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  iv.writeUInt16BE(iv.readUInt16BE(8) ^ Math.floor(index / 2 ** 32), 8);
  iv.writeUInt32BE((iv.readUInt32BE(10) ^ index) >>> 0, 10);
  return createCipheriv(CIPHER, cipher, iv).update(payload);
}

/** §4.2.1. @param trailer what is authenticated but not sent, or sent behind: the roll-over counter */
export function authenticate({ authentication }: SessionKeys, bytes: Uint8Array, trailer?: Uint8Array): Buffer {
  const hmac = createHmac('sha1', authentication).update(bytes);
  if (trailer !== undefined) hmac.update(trailer);
  return hmac.digest().subarray(0, TAG_BYTES);
}

export function isAuthentic(expected: Uint8Array, tag: Uint8Array): boolean {
  return expected.length === tag.length && timingSafeEqual(expected, tag);
}
