import { AttributeType } from './attribute-type.ts';
import { type StunWriter, writeUint16 } from './message-writer.ts';

// UNKNOWN-ATTRIBUTES (RFC 8489 §14.9): a list of 16-bit types.

export function writeUnknownAttributes(writer: StunWriter, types: readonly number[]): void {
  let offset = writer.attribute(AttributeType.UNKNOWN_ATTRIBUTES, types.length * 2);
  for (const type of types) {
    writeUint16(writer.bytes, offset, type);
    offset += 2;
  }
}
