import { MAGIC_COOKIE, STUN_HEADER_BYTES } from './message.ts';

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function writeInt32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/**
 * Builds one STUN message in place. Every byte it claims is set, padding and reserved bits to zero, so that nothing of
 * what lay in the buffer before can leave with the answer (CVE-2020-4067 in another server).
 */
export class StunWriter {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  /** Offset where the next attribute goes. */
  position = 0;

  /**
   * Starts a message at `start` of `bytes`.
   * @param transaction bytes that hold the 12-byte transaction id at `transactionOffset`.
   */
  begin(bytes: Uint8Array, start: number, type: number, transaction: Uint8Array, transactionOffset = 0): void {
    this.bytes = bytes;
    this.start = start;
    this.position = start + STUN_HEADER_BYTES;
    writeUint16(bytes, start, type);
    writeUint16(bytes, start + 2, 0);
    writeInt32(bytes, start + 4, MAGIC_COOKIE);
    for (let i = 0; i < 12; i++) bytes[start + 8 + i] = transaction[transactionOffset + i] ?? 0;
  }

  /** Appends an attribute whose value is zero bytes and returns the value's offset for the caller to fill. */
  attribute(type: number, valueBytes: number): number {
    const offset = this.position;
    const paddedBytes = (valueBytes + 3) & ~3;
    writeUint16(this.bytes, offset, type);
    writeUint16(this.bytes, offset + 2, valueBytes);
    this.bytes.fill(0, offset + 4, offset + 4 + paddedBytes);
    this.position = offset + 4 + paddedBytes;
    return offset + 4;
  }

  /** Appends an attribute with this value. */
  attributeBytes(type: number, value: Uint8Array): void {
    this.bytes.set(value, this.attribute(type, value.length));
  }

  /** Sets the header's length field as if `moreBytes` followed: integrity and fingerprint count themselves. */
  setLength(moreBytes = 0): void {
    writeUint16(this.bytes, this.start + 2, this.position - this.start - STUN_HEADER_BYTES + moreBytes);
  }

  /** Completes the message and returns its length in bytes. */
  finish(): number {
    this.setLength();
    return this.position - this.start;
  }
}
