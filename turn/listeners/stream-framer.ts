import { CHANNEL_DATA_HEADER_BYTES, isChannelDataByte, paddedLength } from '../channel-data.ts';
import { MAGIC_COOKIE, readInt32, readUint16, STUN_HEADER_BYTES } from '../stun/message.ts';

const COOKIE_END = 8;

/** What is known of the message at the front of the buffer: its size, that more bytes must come, or that it is none. */
type Frame = { size: number; length: number } | 'incomplete' | 'invalid';

/**
 * Cuts a byte stream into STUN and ChannelData messages; their headers are the only framing there is (RFC 8489 §6.2.2,
 * RFC 8656 §12.5). A stream that does not begin with one is given up: one never searches for the next header.
 */
export class StreamFramer {
  #pending = Buffer.alloc(0);
  #pendingBytes = 0;

  /** Whether part of a message waits for its rest. */
  get hasPartialMessage(): boolean {
    return this.#pendingBytes > 0;
  }

  /**
   * @param onMessage is given each whole message where it lies, without padding; it answers false to stop.
   * @returns false when the stream cannot be read any further.
   */
  feed(chunk: Buffer, onMessage: (bytes: Buffer, start: number, length: number) => boolean): boolean {
    let bytes = chunk;
    if (this.#pendingBytes > 0) {
      this.#append(chunk);
      bytes = this.#pending.subarray(0, this.#pendingBytes);
    }
    let offset = 0;
    for (;;) {
      const frame = frameAt(bytes, offset);
      if (frame === 'invalid') return false;
      if (frame === 'incomplete') break;
      if (!onMessage(bytes, offset, frame.length)) return false;
      offset += frame.size;
    }
    this.#keep(bytes, offset);
    return true;
  }

  #append(chunk: Buffer): void {
    const needed = this.#pendingBytes + chunk.length;
    if (needed > this.#pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#pending.length * 2));
      this.#pending.copy(larger, 0, 0, this.#pendingBytes);
      this.#pending = larger;
    }
    chunk.copy(this.#pending, this.#pendingBytes);
    this.#pendingBytes = needed;
  }

  #keep(bytes: Buffer, offset: number): void {
    const rest = bytes.subarray(offset);
    if (rest.length === 0) {
      this.#pending = Buffer.alloc(0);
      this.#pendingBytes = 0;
    } else if (offset > 0 || this.#pendingBytes === 0) {
      // A copy of the rest alone: the chunk it came in is not held back for a few bytes.
      this.#pending = Buffer.from(rest);
      this.#pendingBytes = rest.length;
    }
  }
}

function frameAt(bytes: Buffer, offset: number): Frame {
  const available = bytes.length - offset;
  if (available === 0) return 'incomplete';
  const firstByte = bytes[offset] ?? 0xff;
  if (isChannelDataByte(firstByte)) {
    if (available < CHANNEL_DATA_HEADER_BYTES) return 'incomplete';
    const length = CHANNEL_DATA_HEADER_BYTES + readUint16(bytes, offset + 2);
    const size = paddedLength(length);
    return available < size ? 'incomplete' : { size, length };
  }
  if (firstByte >= 4) return 'invalid';
  if (available >= 4 && readUint16(bytes, offset + 2) % 4 !== 0) return 'invalid';
  if (available < COOKIE_END) return 'incomplete';
  if (readInt32(bytes, offset + 4) !== MAGIC_COOKIE) return 'invalid';
  const length = STUN_HEADER_BYTES + readUint16(bytes, offset + 2);
  return available < length ? 'incomplete' : { size: length, length };
}
