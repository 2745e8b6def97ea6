import { type Endpoint, IPV4_WORD } from '../endpoint.ts';
import { DecodeError } from './decode-error.ts';
import { MAGIC_COOKIE, readInt32, readUint16, type StunMessage } from './message.ts';
import { type StunWriter, writeInt32, writeUint16 } from './message-writer.ts';

// XOR-MAPPED-ADDRESS (RFC 8489 §14.2), XOR-PEER-ADDRESS and XOR-RELAYED-ADDRESS (RFC 8656 §18.3, §18.5) share one form:
// a zero byte, the family, the port, the address; port and address are XORed with the cookie and transaction id.

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
const PORT_MASK = MAGIC_COOKIE >>> 16;

export function xorAddressBytes(address: { family: number }): number {
  return address.family === 4 ? 8 : 20;
}

/**
 * Reads the XOR address whose value stands at `offset` into `target`.
 * @throws DecodeError for an unknown family or a length that does not fit the family.
 */
export function readXorAddressAt(message: StunMessage, offset: number, target: Endpoint): void {
  const { bytes, start } = message;
  const length = message.valueLength(offset);
  const family = length < 4 ? 0 : bytes[offset + 1];
  if (family === FAMILY_IPV4 && length === 8) {
    target.family = 4;
    target.w0 = 0;
    target.w1 = 0;
    target.w2 = IPV4_WORD;
    target.w3 = readInt32(bytes, offset + 4) ^ MAGIC_COOKIE;
  } else if (family === FAMILY_IPV6 && length === 20) {
    target.family = 6;
    target.w0 = readInt32(bytes, offset + 4) ^ MAGIC_COOKIE;
    target.w1 = readInt32(bytes, offset + 8) ^ readInt32(bytes, start + 8);
    target.w2 = readInt32(bytes, offset + 12) ^ readInt32(bytes, start + 12);
    target.w3 = readInt32(bytes, offset + 16) ^ readInt32(bytes, start + 16);
  } else throw new DecodeError('XOR address of unknown form');
  target.port = readUint16(bytes, offset + 2) ^ PORT_MASK;
}

/** Reads the first attribute of this type; false when there is none. */
export function readXorAddress(message: StunMessage, type: number, target: Endpoint): boolean {
  const offset = message.find(type);
  if (offset < 0) return false;
  readXorAddressAt(message, offset, target);
  return true;
}

export function writeXorAddress(writer: StunWriter, type: number, address: Endpoint): void {
  const offset = writer.attribute(type, xorAddressBytes(address));
  const { bytes, start } = writer;
  bytes[offset + 1] = address.family === 4 ? FAMILY_IPV4 : FAMILY_IPV6;
  writeUint16(bytes, offset + 2, address.port ^ PORT_MASK);
  if (address.family === 4) {
    writeInt32(bytes, offset + 4, address.w3 ^ MAGIC_COOKIE);
    return;
  }
  writeInt32(bytes, offset + 4, address.w0 ^ MAGIC_COOKIE);
  writeInt32(bytes, offset + 8, address.w1 ^ readInt32(bytes, start + 8));
  writeInt32(bytes, offset + 12, address.w2 ^ readInt32(bytes, start + 12));
  writeInt32(bytes, offset + 16, address.w3 ^ readInt32(bytes, start + 16));
}
