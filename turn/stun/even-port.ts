import { AttributeType } from './attribute-type.ts';
import type { StunMessage } from './message.ts';
import type { StunWriter } from './message-writer.ts';

// EVEN-PORT (RFC 8656 §18.7): one byte, its first bit asks to reserve the next higher port.

const RESERVE_NEXT = 0x80;

export function readEvenPort(message: StunMessage): 'even' | 'even-and-reserve' | undefined {
  const offset = message.findFixed(AttributeType.EVEN_PORT, 1);
  if (offset < 0) return undefined;
  return ((message.bytes[offset] ?? 0) & RESERVE_NEXT) === 0 ? 'even' : 'even-and-reserve';
}

export function writeEvenPort(writer: StunWriter, reserveNext: boolean): void {
  writer.bytes[writer.attribute(AttributeType.EVEN_PORT, 1)] = reserveNext ? RESERVE_NEXT : 0;
}
