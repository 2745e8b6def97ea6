import { RtcpTransportLayerFeedback, RunLengthChunk, TransportWideCC } from 'werift';
import { expect, test } from 'vitest';
import { CongestionFeedback } from './congestion-feedback.ts';

/** An RTP packet with abs-send-time as extension 3 and the transport-wide sequence number as extension 5. */
function packetOf(sequence: number, seconds: number): Buffer {
  const packet = Buffer.alloc(12 + 4 + 8);
  packet[0] = 0x90;
  packet.writeUInt16BE(0xbede, 12);
  packet.writeUInt16BE(2, 14);
  packet[16] = (3 << 4) | 2;
  packet.writeUIntBE(Math.round(seconds * 2 ** 18) % 2 ** 24, 17, 3);
  packet[20] = (5 << 4) | 1;
  packet.writeUInt16BE(sequence, 21);
  return packet;
}

function feedbackAbout(packets: readonly Buffer[], linkBps?: number): TransportWideCC {
  const feedback = new CongestionFeedback({ absSendTime: 3, transportCc: 5 });
  feedback.linkBps = linkBps;
  for (const packet of packets) feedback.onPacket(packet);
  const rtcp = feedback.take();
  if (rtcp === undefined) throw new Error('nothing to report');
  const header = { count: 15, type: 205, length: rtcp.length / 4 - 1, padding: false, version: 2 };
  const decoded = RtcpTransportLayerFeedback.deSerialize(rtcp.subarray(4), header as never).feedback;
  if (!(decoded instanceof TransportWideCC)) throw new Error('another kind of feedback');
  return decoded;
}

test('what arrived, what is missing and when it was sent is what another implementation reads', () => {
  const decoded = feedbackAbout([packetOf(65_534, 1), packetOf(65_535, 1.01), packetOf(1, 1.02)]);
  expect(decoded.baseSequenceNumber).toBe(65_534);
  expect(decoded.packetStatusCount).toBe(4);
  const runs = decoded.packetChunks.filter((chunk) => chunk instanceof RunLengthChunk);
  expect(runs.map(({ packetStatus, runLength }) => [packetStatus, runLength])).toEqual([
    [2, 2],
    [0, 1],
    [2, 1],
  ]);
  expect(decoded.recvDeltas.map(({ delta }) => delta)).toEqual([40_000, 10_000, 10_000]);
});

test('there is nothing to report before something arrived, nor twice', () => {
  const feedback = new CongestionFeedback({ absSendTime: 3, transportCc: 5 });
  expect(feedback.take()).toBeUndefined();
  feedback.onPacket(packetOf(1, 1));
  expect(feedback.take()).toBeDefined();
  expect(feedback.take()).toBeUndefined();
});

test('on a narrow link packets queue up', () => {
  const packets = [packetOf(1, 1), packetOf(2, 1.01), packetOf(3, 1.02)];
  const [first] = packets;
  const decoded = feedbackAbout(packets, (8 * (first?.length ?? 0)) / 0.05); // 50 ms a packet
  expect(decoded.recvDeltas.slice(1).map(({ delta }) => delta)).toEqual([50_000, 50_000]);
});
