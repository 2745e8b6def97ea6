import { createHmac, timingSafeEqual } from 'node:crypto';
import { AttributeType } from './attribute-type.ts';
import { DecodeError } from './decode-error.ts';
import { STUN_HEADER_BYTES, type StunMessage } from './message.ts';
import { type StunWriter, writeUint16 } from './message-writer.ts';

// MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.5, §14.6): HMAC over everything before the attribute,
// with the header's length counting up to and including the attribute.

export type IntegrityAlgorithm = 'SHA-1' | 'SHA-256';

interface Algorithm {
  type: number;
  hash: string;
  bytes: number;
  /** RFC 8489 §14.6 lets the SHA-256 value be cut to this length; SHA-1 is always whole. */
  minBytes: number;
}

const ALGORITHMS: Record<IntegrityAlgorithm, Algorithm> = {
  'SHA-1': { type: AttributeType.MESSAGE_INTEGRITY, hash: 'sha1', bytes: 20, minBytes: 20 },
  'SHA-256': { type: AttributeType.MESSAGE_INTEGRITY_SHA256, hash: 'sha256', bytes: 32, minBytes: 16 },
};

function isAllowedLength({ bytes, minBytes }: Algorithm, length: number): boolean {
  return length >= minBytes && length <= bytes && length % 4 === 0;
}

/**
 * Which integrity attribute decides: SHA-256 alone when it is there (RFC 8489 §9.2.4).
 * @throws DecodeError when its length is one the standard does not allow.
 */
export function integrityAlgorithm(message: StunMessage): IntegrityAlgorithm | undefined {
  for (const algorithm of ['SHA-256', 'SHA-1'] as const) {
    const offset = message.find(ALGORITHMS[algorithm].type);
    if (offset < 0) continue;
    if (!isAllowedLength(ALGORITHMS[algorithm], message.valueLength(offset))) throw new DecodeError('wrong MAC length');
    return algorithm;
  }
  return undefined;
}

/** Whether the message carries the MAC that this key makes. Constant in time whatever the MAC. */
export function checkIntegrity(message: StunMessage, algorithm: IntegrityAlgorithm, key: Uint8Array): boolean {
  const { type, hash } = ALGORITHMS[algorithm];
  const offset = message.find(type);
  if (offset < 0) return false;
  const { bytes, start } = message;
  const length = message.valueLength(offset);
  if (!isAllowedLength(ALGORITHMS[algorithm], length)) return false;
  const header = Buffer.from(bytes.subarray(start, start + STUN_HEADER_BYTES));
  writeUint16(header, 2, offset + length - start - STUN_HEADER_BYTES);
  const expected = createHmac(hash, key)
    .update(header)
    .update(bytes.subarray(start + STUN_HEADER_BYTES, offset - 4))
    .digest();
  return timingSafeEqual(expected.subarray(0, length), bytes.subarray(offset, offset + length));
}

export function appendIntegrity(writer: StunWriter, algorithm: IntegrityAlgorithm, key: Uint8Array): void {
  const { type, hash, bytes } = ALGORITHMS[algorithm];
  writer.setLength(4 + bytes);
  const mac = createHmac(hash, key).update(writer.bytes.subarray(writer.start, writer.position)).digest();
  writer.attributeBytes(type, mac);
}
