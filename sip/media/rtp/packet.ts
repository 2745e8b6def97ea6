import { DecodeError } from '../decode-error.ts';

// RTP (RFC 3550 §5.1): version, padding, extension and CSRC count; marker and payload type; sequence number; timestamp; SSRC.

const VERSION = 2;
const FIXED_HEADER_BYTES = 12;
const EXTENSION_HEADER_BYTES = 4;

/** Payload and extension are views of the datagram. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly isMarked: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly extension: RtpExtension | undefined;
  readonly payload: Uint8Array;
}

/** §5.3.1: sixteen bits that say how the words behind them are to be read. */
export interface RtpExtension {
  readonly profile: number;
  readonly data: Uint8Array;
}

/** RFC 5761 §4: on a port that carries both, RTCP's packet types are read as the payload types 64 to 95 with a marker. */
export function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1] ?? 0;
  return type >= 192 && type <= 223;
}

/** How long everything before the payload is: CSRCs and extension too. @throws DecodeError when it leads out of the packet */
export function rtpHeaderBytes(bytes: Uint8Array): number {
  if (bytes.length < FIXED_HEADER_BYTES) throw new DecodeError('shorter than an RTP header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  if (first >> 6 !== VERSION) throw new DecodeError('not RTP version 2');
  let end = FIXED_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (end + EXTENSION_HEADER_BYTES > bytes.length) throw new DecodeError('the header extension is cut off');
    end += EXTENSION_HEADER_BYTES + 4 * view.getUint16(end + 2);
  }
  if (end > bytes.length) throw new DecodeError('CSRCs or header extension are longer than the packet');
  return end;
}

/** @throws DecodeError when a length leads out of the datagram or the version is another one */
export function decodeRtp(bytes: Uint8Array): RtpPacket {
  const start = rtpHeaderBytes(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  let extension: RtpExtension | undefined;
  if ((first & 0x10) !== 0) {
    const offset = FIXED_HEADER_BYTES + 4 * (first & 0x0f);
    extension = { profile: view.getUint16(offset), data: bytes.subarray(offset + EXTENSION_HEADER_BYTES, start) };
  }
  let end = bytes.length;
  if ((first & 0x20) !== 0) {
    const padding = view.getUint8(end - 1);
    if (padding === 0) throw new DecodeError('padding of no bytes');
    end -= padding;
  }
  if (start > end) throw new DecodeError('padding is longer than the payload');
  return {
    payloadType: second & 0x7f,
    isMarked: second >= 0x80,
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    extension,
    payload: bytes.subarray(start, end),
  };
}

/** A datagram of its own. The extension's data must be whole words. */
export function encodeRtp(packet: RtpPacket): Buffer {
  const { extension, payload } = packet;
  const extensionBytes = extension === undefined ? 0 : EXTENSION_HEADER_BYTES + extension.data.length;
  const bytes = Buffer.allocUnsafe(FIXED_HEADER_BYTES + extensionBytes + payload.length);
  bytes.writeUInt8((VERSION << 6) | (extension === undefined ? 0 : 0x10), 0);
  bytes.writeUInt8((packet.isMarked ? 0x80 : 0) | packet.payloadType, 1);
  bytes.writeUInt16BE(packet.sequenceNumber, 2);
  bytes.writeUInt32BE(packet.timestamp, 4);
  bytes.writeUInt32BE(packet.ssrc, 8);
  if (extension !== undefined) {
    bytes.writeUInt16BE(extension.profile, FIXED_HEADER_BYTES);
    bytes.writeUInt16BE(extension.data.length / 4, FIXED_HEADER_BYTES + 2);
    bytes.set(extension.data, FIXED_HEADER_BYTES + EXTENSION_HEADER_BYTES);
  }
  bytes.set(payload, FIXED_HEADER_BYTES + extensionBytes);
  return bytes;
}
