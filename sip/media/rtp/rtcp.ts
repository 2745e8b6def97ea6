import { DecodeError } from '../decode-error.ts';

// RTCP (RFC 3550 §6): compound packets of reports, a source description and goodbyes. What else stands in one is skipped.

const VERSION = 2;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME = 1;
const HEADER_BYTES = 4;
const SENDER_INFO_BYTES = 20;
const REPORT_BLOCK_BYTES = 24;
/** From NTP's epoch to Unix's, in seconds. */
const NTP_OFFSET_SECONDS = 2_208_988_800;

/** §6.4.1: what a receiver says about one source. */
export interface ReportBlock {
  readonly ssrc: number;
  /** Lost since the last report, of 256. */
  readonly fractionLost: number;
  /** Lost so far; negative when packets came twice. */
  readonly packetsLost: number;
  /** The highest sequence number, with the number of wrap-arounds above it. */
  readonly highestSequence: number;
  /** In units of the timestamp. */
  readonly jitter: number;
  /** The middle of the last sender report's NTP time, 0 without one. */
  readonly lastSenderReport: number;
  /** Since then, in units of 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderInfo {
  /** NTP time, its two halves. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

export type RtcpPacket =
  | {
      readonly kind: 'report';
      readonly ssrc: number;
      readonly sender?: SenderInfo;
      readonly blocks: readonly ReportBlock[];
    }
  | { readonly kind: 'goodbye'; readonly ssrcs: readonly number[] };

/** NTP time of Unix milliseconds. */
export function ntpTime(unixMs: number): { ntpSeconds: number; ntpFraction: number } {
  const seconds = Math.floor(unixMs / 1000);
  return {
    ntpSeconds: (seconds + NTP_OFFSET_SECONDS) >>> 0,
    ntpFraction: Math.floor(((unixMs - seconds * 1000) / 1000) * 2 ** 32) >>> 0,
  };
}

/** The 32 bits in the middle of an NTP time, which a report block refers to. */
export function middleOfNtp({ ntpSeconds, ntpFraction }: { ntpSeconds: number; ntpFraction: number }): number {
  return (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0;
}

/** @throws DecodeError when a packet's length leads out of the datagram or does not hold what its header counts */
export function decodeRtcp(bytes: Uint8Array): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + HEADER_BYTES > bytes.length) throw new DecodeError('an RTCP header is cut off');
    const first = view.getUint8(offset);
    if (first >> 6 !== VERSION) throw new DecodeError('not RTCP version 2');
    const end = offset + HEADER_BYTES + 4 * view.getUint16(offset + 2);
    if (end > bytes.length) throw new DecodeError('an RTCP packet is longer than the datagram');
    const packet = decodeBody(view, offset + HEADER_BYTES, end, view.getUint8(offset + 1), first & 0x1f);
    if (packet !== undefined) packets.push(packet);
    offset = end;
  }
  return packets;
}

function decodeBody(view: DataView, start: number, end: number, type: number, count: number): RtcpPacket | undefined {
  if (type === GOODBYE) {
    if (start + 4 * count > end) throw new DecodeError('a goodbye of fewer sources than it counts');
    return { kind: 'goodbye', ssrcs: Array.from({ length: count }, (_, index) => view.getUint32(start + 4 * index)) };
  }
  if (type !== SENDER_REPORT && type !== RECEIVER_REPORT) return undefined;
  const infoBytes = type === SENDER_REPORT ? SENDER_INFO_BYTES : 0;
  const blocksStart = start + 4 + infoBytes;
  if (blocksStart + REPORT_BLOCK_BYTES * count > end) throw new DecodeError('a report of fewer blocks than it counts');
  const ssrc = view.getUint32(start);
  const blocks = Array.from({ length: count }, (_, index) =>
    decodeBlock(view, blocksStart + REPORT_BLOCK_BYTES * index),
  );
  if (type === RECEIVER_REPORT) return { kind: 'report', ssrc, blocks };
  const sender: SenderInfo = {
    ntpSeconds: view.getUint32(start + 4),
    ntpFraction: view.getUint32(start + 8),
    rtpTimestamp: view.getUint32(start + 12),
    packetCount: view.getUint32(start + 16),
    octetCount: view.getUint32(start + 20),
  };
  return { kind: 'report', ssrc, sender, blocks };
}

function decodeBlock(view: DataView, offset: number): ReportBlock {
  return {
    ssrc: view.getUint32(offset),
    fractionLost: view.getUint8(offset + 4),
    packetsLost: (view.getUint32(offset + 4) << 8) >> 8,
    highestSequence: view.getUint32(offset + 8),
    jitter: view.getUint32(offset + 12),
    lastSenderReport: view.getUint32(offset + 16),
    delaySinceLastSenderReport: view.getUint32(offset + 20),
  };
}

export interface Report {
  readonly ssrc: number;
  /** Without it the report is a receiver's. */
  readonly sender: SenderInfo | undefined;
  /** At most 31. */
  readonly blocks: readonly ReportBlock[];
  /** §6.5.1; at most 255 bytes. */
  readonly cname: string;
}

/** The compound packet every report must be: the report and the CNAME (§6.1), and a goodbye (§6.6) when it is the last. */
export function encodeRtcp({ ssrc, sender, blocks, cname }: Report, isLast = false): Buffer {
  const senderBytes = sender === undefined ? 0 : SENDER_INFO_BYTES;
  const reportBytes = HEADER_BYTES + 4 + senderBytes + REPORT_BLOCK_BYTES * blocks.length;
  const name = Buffer.from(cname);
  // The items end with at least one zero byte, and the chunk with a whole word (§6.5).
  const descriptionBytes = HEADER_BYTES + 4 + 4 * Math.floor((2 + name.length + 4) / 4);
  const bytes = Buffer.alloc(reportBytes + descriptionBytes + (isLast ? HEADER_BYTES + 4 : 0));
  let offset = writeHeader(
    bytes,
    0,
    sender === undefined ? RECEIVER_REPORT : SENDER_REPORT,
    blocks.length,
    reportBytes,
  );
  offset = bytes.writeUInt32BE(ssrc, offset);
  if (sender !== undefined) {
    const { ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount } = sender;
    for (const word of [ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount]) {
      offset = bytes.writeUInt32BE(word, offset);
    }
  }
  for (const block of blocks) offset = writeBlock(bytes, offset, block);
  offset = writeHeader(bytes, offset, SOURCE_DESCRIPTION, 1, descriptionBytes);
  offset = bytes.writeUInt32BE(ssrc, offset);
  bytes.writeUInt8(CNAME, offset);
  bytes.writeUInt8(name.length, offset + 1);
  name.copy(bytes, offset + 2);
  if (isLast) {
    offset = writeHeader(bytes, reportBytes + descriptionBytes, GOODBYE, 1, HEADER_BYTES + 4);
    bytes.writeUInt32BE(ssrc, offset);
  }
  return bytes;
}

function writeHeader(bytes: Buffer, offset: number, type: number, count: number, packetBytes: number): number {
  bytes.writeUInt8((VERSION << 6) | count, offset);
  bytes.writeUInt8(type, offset + 1);
  return bytes.writeUInt16BE(packetBytes / 4 - 1, offset + 2);
}

function writeBlock(bytes: Buffer, offset: number, block: ReportBlock): number {
  bytes.writeUInt32BE(block.ssrc, offset);
  bytes.writeUInt8(block.fractionLost, offset + 4);
  bytes.writeIntBE(block.packetsLost, offset + 5, 3);
  bytes.writeUInt32BE(block.highestSequence, offset + 8);
  bytes.writeUInt32BE(block.jitter, offset + 12);
  bytes.writeUInt32BE(block.lastSenderReport, offset + 16);
  return bytes.writeUInt32BE(block.delaySinceLastSenderReport, offset + 20);
}
