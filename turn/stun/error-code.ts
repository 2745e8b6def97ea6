import { AttributeType } from './attribute-type.ts';
import { DecodeError } from './decode-error.ts';
import type { StunMessage } from './message.ts';
import { type StunWriter, writeUint16 } from './message-writer.ts';

// ERROR-CODE (RFC 8489 §14.8): 21 reserved bits, class, number, reason phrase. We send no phrase: it only makes the
// answer to a forged source address longer.

/** The codes this server sends (RFC 8489 §14.8, RFC 8656 §19). */
export const ErrorCode = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNKNOWN_ATTRIBUTE: 420,
  ALLOCATION_MISMATCH: 437,
  STALE_NONCE: 438,
  ADDRESS_FAMILY_NOT_SUPPORTED: 440,
  WRONG_CREDENTIALS: 441,
  UNSUPPORTED_TRANSPORT: 442,
  PEER_FAMILY_MISMATCH: 443,
  ALLOCATION_QUOTA_REACHED: 486,
  INSUFFICIENT_CAPACITY: 508,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export function writeErrorCode(writer: StunWriter, code: number): void {
  writeUint16(
    writer.bytes,
    writer.attribute(AttributeType.ERROR_CODE, 4) + 2,
    (Math.trunc(code / 100) << 8) | (code % 100),
  );
}

/**
 * The code of an error response, or undefined when the attribute is absent.
 * @throws DecodeError when it is too short or its class or number is out of range.
 */
export function readErrorCode(message: StunMessage): number | undefined {
  const offset = message.find(AttributeType.ERROR_CODE);
  if (offset < 0) return undefined;
  const errorClass = (message.bytes[offset + 2] ?? 0) & 7;
  const number = message.bytes[offset + 3] ?? 0;
  if (message.valueLength(offset) < 4 || errorClass < 3 || errorClass > 6 || number > 99) {
    throw new DecodeError('error code out of range');
  }
  return errorClass * 100 + number;
}
