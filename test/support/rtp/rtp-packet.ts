/** RTP packets as a test writes and reads them, apart from what the product does (RFC 3550 §5.1, RFC 8285 §4.2). */
export interface TestRtpPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** Level of RFC 6464 in −dBov, 0 … 127. */
  readonly audioLevel?: number;
  readonly payload: Uint8Array;
}

const ONE_BYTE_PROFILE = 0xbede;

/** @param levelExtensionId as negotiated. */
export function encodeRtp(packet: TestRtpPacket, levelExtensionId: number): Buffer {
  const header = Buffer.alloc(packet.audioLevel === undefined ? 12 : 20);
  header[0] = packet.audioLevel === undefined ? 0x80 : 0x90;
  header[1] = packet.payloadType;
  header.writeUInt16BE(packet.sequence & 0xffff, 2);
  header.writeUInt32BE(packet.timestamp >>> 0, 4);
  header.writeUInt32BE(packet.ssrc, 8);
  if (packet.audioLevel !== undefined) {
    header.writeUInt16BE(ONE_BYTE_PROFILE, 12);
    header.writeUInt16BE(1, 14);
    header[16] = levelExtensionId << 4;
    header[17] = packet.audioLevel;
  }
  return Buffer.concat([header, packet.payload]);
}

/** @returns undefined for RTCP, which comes to the same port (RFC 5761 §4). */
export function decodeRtp(datagram: Buffer, levelExtensionId: number): TestRtpPacket | undefined {
  const [first = 0, second = 0] = datagram;
  if (second >= 192 && second <= 223) return undefined;
  let offset = 12 + 4 * (first & 0x0f);
  let audioLevel: number | undefined;
  if ((first & 0x10) !== 0) {
    const end = offset + 4 + 4 * datagram.readUInt16BE(offset + 2);
    for (let at = offset + 4; datagram.readUInt16BE(offset) === ONE_BYTE_PROFILE && at < end;) {
      const byte = datagram[at] ?? 0;
      if (byte >> 4 === levelExtensionId) audioLevel = (datagram[at + 1] ?? 0) & 0x7f;
      at += byte === 0 ? 1 : (byte & 0x0f) + 2;
    }
    offset = end;
  }
  return {
    payloadType: second & 0x7f,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    ...(audioLevel === undefined ? {} : { audioLevel }),
    payload: datagram.subarray(offset),
  };
}
