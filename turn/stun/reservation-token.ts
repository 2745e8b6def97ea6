import { AttributeType } from './attribute-type.ts';
import type { StunMessage } from './message.ts';

// RESERVATION-TOKEN (RFC 8656 §18.10).

export const RESERVATION_TOKEN_BYTES = 8;

/** The token in hexadecimal, or undefined. */
export function readReservationToken(message: StunMessage): string | undefined {
  const offset = message.findFixed(AttributeType.RESERVATION_TOKEN, RESERVATION_TOKEN_BYTES);
  if (offset < 0) return undefined;
  return Buffer.from(message.bytes.subarray(offset, offset + RESERVATION_TOKEN_BYTES)).toString('hex');
}
