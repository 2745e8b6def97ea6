import type { Family } from '../endpoint.ts';
import { AttributeType } from './attribute-type.ts';
import { type StunWriter, writeUint16 } from './message-writer.ts';

// ADDRESS-ERROR-CODE (RFC 8656 §18.12): family, reserved, class and number, reason phrase (empty here).

/** Says in a success that one of the two families asked for could not be had, and why. */
export function writeAddressErrorCode(writer: StunWriter, family: Family, code: number): void {
  const offset = writer.attribute(AttributeType.ADDRESS_ERROR_CODE, 4);
  writer.bytes[offset] = family === 4 ? 1 : 2;
  writeUint16(writer.bytes, offset + 2, (Math.trunc(code / 100) << 8) | (code % 100));
}
