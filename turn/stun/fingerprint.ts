import { crc32 } from 'node:zlib';
import { AttributeType } from './attribute-type.ts';
import { readInt32, type StunMessage } from './message.ts';
import { type StunWriter, writeInt32 } from './message-writer.ts';

// FINGERPRINT (RFC 8489 §14.7): CRC-32 of the message before it, whose length already counts it.

const XOR_VALUE = 0x5354554e;
const ATTRIBUTE_BYTES = 8;

export type FingerprintCheck = 'absent' | 'right' | 'wrong';

/** Wrong also when it is not the last attribute or has another length. */
export function checkFingerprint(message: StunMessage): FingerprintCheck {
  const offset = message.find(AttributeType.FINGERPRINT);
  if (offset < 0) return 'absent';
  if (message.valueLength(offset) !== 4 || offset + 4 !== message.end) return 'wrong';
  const covered = message.bytes.subarray(message.start, offset - 4);
  return ((crc32(covered) ^ XOR_VALUE) | 0) === readInt32(message.bytes, offset) ? 'right' : 'wrong';
}

export function appendFingerprint(writer: StunWriter): void {
  writer.setLength(ATTRIBUTE_BYTES);
  const checksum = crc32(writer.bytes.subarray(writer.start, writer.position)) ^ XOR_VALUE;
  writeInt32(writer.bytes, writer.attribute(AttributeType.FINGERPRINT, 4), checksum);
}
