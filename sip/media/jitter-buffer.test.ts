import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BufferedPacket, JitterBuffer, type Playout } from './jitter-buffer.ts';

const UNITS = 160;

function packet(index: number, timestamp = index * UNITS): BufferedPacket {
  return {
    sequenceNumber: (65_530 + index) & 0xffff,
    timestamp: (0xffff_fe00 + timestamp) >>> 0,
    payload: Uint8Array.of(index & 0xff),
    units: UNITS,
  };
}

/** What the buffer plays when packets arrive at these times and it is read every 20 ms. */
function play(
  arrivals: readonly { packet: BufferedPacket; atMs: number }[],
  endMs: number,
  isQuiet = false,
): Playout[] {
  const buffer = new JitterBuffer(8000);
  const waiting = arrivals.toSorted((a, b) => a.atMs - b.atMs);
  const played: Playout[] = [];
  for (let nowMs = 5; nowMs <= endMs; nowMs += 20) {
    for (let next = waiting[0]; next !== undefined && next.atMs <= nowMs; next = waiting[0]) {
      buffer.put(next.packet, next.atMs);
      waiting.shift();
    }
    played.push(buffer.next(nowMs, isQuiet));
  }
  return played;
}

const shortly = (playout: Playout): string =>
  playout.kind === 'packet' ? String(playout.packet.payload[0]) : playout.kind === 'lost' ? 'lost' : '-';

const steady = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ packet: packet(index), atMs: 20 * index }));

it('waits 60 ms, then plays every packet in its turn, over both wrap-arounds', () => {
  const played = play(steady(20), 400).map(shortly);
  expect(played.slice(0, 3)).toEqual(['-', '-', '-']);
  expect(played.slice(3)).toEqual(Array.from({ length: 17 }, (_, index) => String(index)));
});

it('puts packets in order, and takes twice what came twice for once', () => {
  const arrivals = steady(12);
  const swapped = arrivals.map(({ packet }, index) => ({ packet, atMs: 20 * (index % 2 === 0 ? index + 1.5 : index) }));
  const played = play([...swapped, ...arrivals], 300).map(shortly);
  expect(played.filter((entry) => entry !== '-')).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
});

it('tells a loss by the hole in the sequence, with the packet behind it', () => {
  const played = play(
    steady(12).filter((_, index) => index !== 4),
    200,
  );
  const lost = played.find(({ kind }) => kind === 'lost');
  expect(lost).toMatchObject({ kind: 'lost', units: UNITS, next: { payload: Uint8Array.of(5) } });
  expect(played.map(shortly).slice(6, 9)).toEqual(['3', 'lost', '5']);
});

it('takes a hole in the timestamps alone for a sender that said nothing', () => {
  const paused = steady(10).map(({ packet: { timestamp, ...rest }, atMs }, index) =>
    index < 5
      ? { packet: { ...rest, timestamp }, atMs }
      : { packet: { ...rest, timestamp: (timestamp + 5 * UNITS) >>> 0 }, atMs: atMs + 100 },
  );
  const played = play(paused, 400);
  expect(played.filter(({ kind }) => kind === 'packet')).toHaveLength(10);
  const sound = played.map(shortly).join(' ');
  // While nothing is there a loss cannot be ruled out; what follows pays for what was concealed.
  expect(sound).toMatch(/3 4( lost| -){4,6} 5 6/);
});

it('plays a burst that came late after all, and waits longer from then on', () => {
  const arrivals = steady(100).map(({ packet, atMs }, index) => ({
    packet,
    atMs: index >= 20 && index < 26 ? 520 : atMs,
  }));
  const buffer = new JitterBuffer(8000);
  let lost = 0;
  let played = 0;
  for (let nowMs = 5; nowMs < 2200; nowMs += 20) {
    for (const { packet, atMs } of arrivals) if (atMs > nowMs - 20 && atMs <= nowMs) buffer.put(packet, atMs);
    const { kind } = buffer.next(nowMs, false);
    if (kind === 'packet') played += 1;
    else if (kind === 'lost' && nowMs < 2000) lost += 1;
  }
  expect(played).toBe(100);
  expect(lost).toBeLessThanOrEqual(4);
  expect(buffer.targetMs).toBeGreaterThan(100);
  expect(buffer.targetMs).toBeLessThanOrEqual(200);
});

it('goes down to 40 ms where arrivals are even, by leaving frames out where nothing is heard', () => {
  const buffer = new JitterBuffer(8000);
  const delays: number[] = [];
  for (let index = 0; index < 300; index += 1) {
    buffer.put(packet(index), 20 * index);
    const playout = buffer.next(20 * index + 5, true);
    if (playout.kind === 'packet') delays.push(index - (playout.packet.payload[0] ?? 0));
  }
  expect(buffer.targetMs).toBeLessThanOrEqual(41);
  expect(buffer.figures.dropped).toBeLessThanOrEqual(2);
  expect(buffer.figures.late + buffer.figures.lost).toBe(0);
});

it('follows a sender whose clock is fast, or slow, in the pauses of speech', () => {
  for (const drift of [0.999, 1.001]) {
    const buffer = new JitterBuffer(8000);
    let index = 0;
    for (let nowMs = 5; nowMs < 300_000; nowMs += 20) {
      for (; index * 20 * drift <= nowMs; index += 1) buffer.put(packet(index), index * 20 * drift);
      buffer.next(nowMs, nowMs % 2000 < 300);
    }
    // 300 s of a clock that is off by 0.1 % are 300 ms, fifteen frames: none of them is heard as a loss or held for long.
    expect(buffer.figures.dropped > 10).toBe(drift < 1);
    expect(buffer.figures.lost).toBe(0);
    expect(buffer.figures.late).toBe(0);
    expect(buffer.targetMs).toBeLessThan(100);
  }
});

it('begins anew when the sender does', () => {
  const before = steady(10);
  const after = steady(10).map(({ packet, atMs }) => ({
    packet: { ...packet, sequenceNumber: (packet.sequenceNumber + 30_000) & 0xffff, timestamp: packet.timestamp + 1e8 },
    atMs: atMs + 200,
  }));
  const played = play([...before, ...after], 700).map(shortly);
  expect(played.filter((entry) => entry === '9')).toHaveLength(1);
  expect(played.filter((entry) => entry === '0')).toHaveLength(2);
});

it('does not take keys in the sequence for losses', () => {
  const arrivals = steady(12).map(({ packet, atMs }, index) => ({
    packet: index >= 4 && index < 7 ? { ...packet, units: 0 } : packet,
    atMs,
  }));
  const buffer = new JitterBuffer(8000);
  for (const { packet, atMs } of arrivals) buffer.put(packet, atMs);
  for (let nowMs = 225; nowMs < 700; nowMs += 20) buffer.next(nowMs, false);
  expect(buffer.figures.lost).toBe(0);
});

describe('whatever arrives', () => {
  it('plays something, and each packet at most once and in order', () => {
    const arrivals = fc.array(
      fc.record({
        index: fc.integer({ min: 0, max: 400 }),
        timestamp: fc.option(fc.integer({ min: 0, max: 2 ** 31 }), { nil: undefined, freq: 8 }),
        units: fc.constantFrom(0, 80, 160, 480),
        waitMs: fc.integer({ min: 0, max: 60 }),
        isQuiet: fc.boolean(),
      }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(arrivals, (arrivals) => {
        const buffer = new JitterBuffer(8000);
        let nowMs = 0;
        let last: number | undefined;
        for (const { index, timestamp, units, waitMs, isQuiet } of arrivals) {
          buffer.put({ ...packet(index, timestamp), units }, nowMs);
          for (const end = nowMs + waitMs; nowMs < end; nowMs += 20) {
            const playout = buffer.next(nowMs, isQuiet);
            const { units } = playout.kind === 'packet' ? playout.packet : playout;
            expect(units).toBeGreaterThan(0);
            if (playout.kind !== 'packet') continue;
            const { sequenceNumber } = playout.packet;
            if (last !== undefined) expect(((sequenceNumber - last) << 16) >> 16).toBeGreaterThan(0);
            last = sequenceNumber;
          }
        }
        expect(buffer.targetMs).toBeGreaterThanOrEqual(40);
        expect(buffer.targetMs).toBeLessThanOrEqual(200);
      }),
    );
  });
});
