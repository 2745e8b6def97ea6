import { readUint16 } from './stun/message.ts';
import { writeUint16 } from './stun/message-writer.ts';

// ChannelData (RFC 8656 §12.4): channel number, length of the data, data. Over a stream it is padded to a multiple of
// four bytes which the length does not count (§12.5).

export const CHANNEL_DATA_HEADER_BYTES = 4;

/** RFC 8656 §12: numbers 0x4000–0x4FFF. */
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;
/** RFC 5766 §11 allowed more; Debian 12's coturn client draws from these. */
export const LAST_LEGACY_CHANNEL = 0x7ffe;

/** Whether the first byte belongs to ChannelData (RFC 7983 §7, widened to what RFC 5766 allowed). */
export function isChannelDataByte(byte: number): boolean {
  return byte >= 0x40 && byte < 0x80;
}

/**
 * Length of the data in a datagram that holds one ChannelData message, or -1 when the header does not fit or claims more
 * data than arrived. Padding behind the data is tolerated, but no more than three bytes of it (RFC 8656 §12.5).
 */
export function channelDataLength(bytes: Uint8Array, offset: number, length: number): number {
  if (length < CHANNEL_DATA_HEADER_BYTES) return -1;
  const dataBytes = readUint16(bytes, offset + 2);
  const restBytes = length - CHANNEL_DATA_HEADER_BYTES - dataBytes;
  return restBytes < 0 || restBytes > 3 ? -1 : dataBytes;
}

export function writeChannelDataHeader(bytes: Uint8Array, offset: number, channel: number, dataBytes: number): void {
  writeUint16(bytes, offset, channel);
  writeUint16(bytes, offset + 2, dataBytes);
}

/** Bytes a message of this length takes on a stream. */
export function paddedLength(bytes: number): number {
  return (bytes + 3) & ~3;
}
