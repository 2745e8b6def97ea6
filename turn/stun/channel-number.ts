import { AttributeType } from './attribute-type.ts';
import { readUint16, type StunMessage } from './message.ts';
import { type StunWriter, writeUint16 } from './message-writer.ts';

// CHANNEL-NUMBER (RFC 8656 §18.1): the number and two reserved bytes.

export function readChannelNumber(message: StunMessage): number | undefined {
  const offset = message.findFixed(AttributeType.CHANNEL_NUMBER, 4);
  return offset < 0 ? undefined : readUint16(message.bytes, offset);
}

export function writeChannelNumber(writer: StunWriter, channel: number): void {
  writeUint16(writer.bytes, writer.attribute(AttributeType.CHANNEL_NUMBER, 4), channel);
}
