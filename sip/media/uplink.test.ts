import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAudioLevel } from './rtp/audio-level.ts';
import { decodeRtp, type RtpPacket } from './rtp/packet.ts';
import { Uplink, type UplinkTarget } from './uplink.ts';

const target: UplinkTarget = {
  remote: { address: '127.0.0.1', port: 9 },
  payloadType: 100,
  audioLevelExtensionId: 5,
};

function incoming(sequenceNumber: number, timestamp = 160 * sequenceNumber, ssrc = 1): RtpPacket {
  return {
    payloadType: 0,
    isMarked: false,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: timestamp >>> 0,
    ssrc,
    extension: undefined,
    payload: Uint8Array.of(sequenceNumber & 0xff),
  };
}

function uplink(): Uplink {
  return new Uplink({ ssrc: 77, sequenceNumber: 65_533, timestamp: 0xffff_ff00 }, 8000);
}

function send(uplink: Uplink, packet: RtpPacket, nowMs: number, level = 20): RtpPacket | undefined {
  const bytes = uplink.forward(packet, level, target, nowMs);
  return bytes && decodeRtp(bytes);
}

it('gives packets its own source, payload type and level, and leaves the payload as it is', () => {
  const sent = send(uplink(), incoming(7), 0, 33);
  expect(sent).toMatchObject({ ssrc: 77, payloadType: 100, isMarked: true, sequenceNumber: 65_534 });
  expect(readAudioLevel(sent?.extension, 5)).toBe(33);
  expect([...(sent?.payload ?? [])]).toEqual([7]);
});

it('keeps losses and wrong order as they came, so that the listener can conceal and put right', () => {
  const order = [100, 101, 104, 103, 106];
  const up = uplink();
  const sent = order.map((sequence) => send(up, incoming(sequence), 0));
  expect(sent.map((packet) => packet?.sequenceNumber)).toEqual([65_534, 65_535, 2, 1, 4]);
  const first = sent[0]?.timestamp ?? 0;
  expect(sent.map((packet) => ((packet?.timestamp ?? 0) - first) | 0)).toEqual([0, 160, 640, 480, 960]);
});

it('closes the hole that kept-back packets leave, and lets the timestamp run with the clock', () => {
  const up = uplink();
  const before = send(up, incoming(10), 0);
  up.interrupt();
  const after = send(up, incoming(60), 1000);
  expect(after?.sequenceNumber).toBe(((before?.sequenceNumber ?? 0) + 1) & 0xffff);
  expect(((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) | 0).toBe(8000);
  expect(after?.isMarked).toBe(true);
  // What was overtaken by the interruption would take a number twice.
  expect(send(up, incoming(59), 1001)).toBeUndefined();
});

it('runs on when the phone’s numbers jump: another source, another timestamp, another sequence', () => {
  const up = uplink();
  send(up, incoming(10), 0);
  const jumps = [incoming(40_000, 5, 2), incoming(40_001, 900_000, 2), incoming(20, 900_160, 2)];
  const sent = jumps.map((packet, index) => send(up, packet, 20 * (index + 1)));
  expect(sent.map((packet) => packet?.sequenceNumber)).toEqual([65_535, 0, 1]);
  expect(sent.map((packet) => packet?.timestamp)).toEqual(
    [1, 161, 321].map((units) => (0xffff_ff00 + 160 + units) >>> 0),
  );
});

it('never lets the timestamp go back while the sequence goes on, whatever comes', () => {
  const steps = fc.array(
    fc.record({
      sequence: fc.integer({ min: 0, max: 0xffff }),
      source: fc.integer({ min: 1, max: 2 }),
      isInterrupted: fc.boolean(),
    }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const up = uplink();
      let last: { sequenceNumber: number; timestamp: number } | undefined;
      for (const [index, { sequence, source, isInterrupted }] of steps.entries()) {
        if (isInterrupted) up.interrupt();
        const packet = send(up, incoming(sequence, 160 * sequence, source), 20 * index);
        if (packet === undefined) continue;
        const isNewer = last === undefined || ((packet.sequenceNumber - last.sequenceNumber) << 16) >> 16 > 0;
        if (last !== undefined && isNewer) expect((packet.timestamp - last.timestamp) | 0).toBeGreaterThan(0);
        if (isNewer) last = packet;
      }
    }),
  );
});

it('reports how much was sent, and the timestamp of now', () => {
  const up = uplink();
  expect(up.info(0, 0)).toBeUndefined();
  const first = send(up, incoming(1), 0);
  send(up, incoming(2), 20);
  expect(up.info(Date.UTC(2000, 0, 1), 120)).toMatchObject({
    packetCount: 2,
    octetCount: 2,
    rtpTimestamp: ((first?.timestamp ?? 0) + 160 + 800) >>> 0,
  });
});
