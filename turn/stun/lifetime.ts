import { AttributeType } from './attribute-type.ts';
import { readInt32, type StunMessage } from './message.ts';
import { type StunWriter, writeInt32 } from './message-writer.ts';

// LIFETIME (RFC 8656 §18.2): seconds as an unsigned 32-bit number.

export function readLifetime(message: StunMessage): number | undefined {
  const offset = message.findFixed(AttributeType.LIFETIME, 4);
  return offset < 0 ? undefined : readInt32(message.bytes, offset) >>> 0;
}

export function writeLifetime(writer: StunWriter, seconds: number): void {
  writeInt32(writer.bytes, writer.attribute(AttributeType.LIFETIME, 4), seconds);
}
