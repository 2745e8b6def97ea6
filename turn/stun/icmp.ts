import { AttributeType } from './attribute-type.ts';
import { type StunWriter, writeInt32 } from './message-writer.ts';

// ICMP (RFC 8656 §18.13): two reserved bytes, type, code, and four bytes of error data (the next hop's MTU).

export interface IcmpError {
  /** ICMP or ICMPv6 type. */
  type: number;
  code: number;
  /** Next-hop MTU for "too big", otherwise 0. */
  data: number;
}

export function writeIcmp(writer: StunWriter, error: IcmpError): void {
  const offset = writer.attribute(AttributeType.ICMP, 8);
  writer.bytes[offset + 2] = error.type;
  writer.bytes[offset + 3] = error.code;
  writeInt32(writer.bytes, offset + 4, error.data);
}
