import { AttributeType } from './attribute-type.ts';
import type { StunMessage } from './message.ts';
import type { StunWriter } from './message-writer.ts';

// REQUESTED-TRANSPORT (RFC 8656 §18.8): an IP protocol number and three reserved bytes.

export const PROTOCOL_UDP = 17;

export function readRequestedTransport(message: StunMessage): number | undefined {
  const offset = message.findFixed(AttributeType.REQUESTED_TRANSPORT, 4);
  return offset < 0 ? undefined : message.bytes[offset];
}

export function writeRequestedTransport(writer: StunWriter, protocol: number): void {
  writer.bytes[writer.attribute(AttributeType.REQUESTED_TRANSPORT, 4)] = protocol;
}
