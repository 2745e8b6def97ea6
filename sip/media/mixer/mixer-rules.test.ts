import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyGain } from './gain-ramp.ts';
import { Limiter } from './limiter.ts';
import { chooseLoudest, type Loudness } from './loudest.ts';
import { TickClock } from './tick-clock.ts';

describe('the limiter', () => {
  const limited = (limiter: Limiter, sum: Int32Array): Int16Array => {
    const output = new Int16Array(sum.length);
    limiter.process(sum, output);
    return output;
  };
  const loud = Int32Array.from({ length: 320 }, (_, index) => 100_000 * Math.sin(index / 5));
  const soft = loud.map((sample) => Math.round(sample / 10));

  it('leaves what fits as it is', () => {
    expect(limited(new Limiter(), soft)).toEqual(Int16Array.from(soft));
  });

  it('turns down what does not fit, in a millisecond, and up again slowly', () => {
    const limiter = new Limiter();
    limited(limiter, loud);
    const output = limited(limiter, loud);
    // Not cut off but smaller: as a sine of 32 000.
    const furthest = Math.max(...output.map((sample, index) => Math.abs(sample - 0.32 * (loud[index] ?? 0))));
    expect(furthest).toBeLessThan(50);
    const levels = Array.from({ length: 80 }, () => Math.max(...limited(limiter, soft)));
    for (const [index, level] of levels.entries()) expect(level).toBeGreaterThanOrEqual(levels[index - 1] ?? 0);
    expect(levels[0]).toBeLessThan(5000);
    expect(levels.at(-1)).toBe(Math.max(...soft));
  });

  it('never wraps around, whatever the sum', () => {
    const frames = fc.array(fc.int32Array({ min: -2_000_000, max: 2_000_000, minLength: 320, maxLength: 320 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(frames, (frames) => {
        const limiter = new Limiter();
        for (const sum of frames) {
          for (const [index, sample] of limited(limiter, sum).entries()) {
            expect(Math.abs(sample)).toBeLessThanOrEqual(32_767);
            if (sample !== 0) expect(Math.sign(sample)).toBe(Math.sign(sum[index] ?? 0));
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a gain that changes', () => {
  it('does so without a step', () => {
    const frame = new Int16Array(320).fill(10_000);
    applyGain(frame, 0, 1);
    expect(frame[0]).toBe(31);
    expect(frame[319]).toBe(10_000);
    expect(Math.max(...frame.slice(1).map((sample, index) => sample - (frame[index] ?? 0)))).toBeLessThan(33);
  });
});

describe('whom to decode', () => {
  const source = (level: number): Loudness => ({ level, chosenAtMs: -Infinity });

  it('is everybody in a small room', () => {
    const sources = [20, 127, 40, 127, 60, 127].map(source);
    expect(chooseLoudest(sources, 0)).toEqual(sources);
  });

  it('is the four loudest of a larger one', () => {
    const sources = [20, 127, 40, 50, 60, 30, 45].map(source);
    expect(chooseLoudest(sources, 0).map(({ level }) => level)).toEqual([20, 30, 40, 45]);
  });

  it('is nobody where all are silent', () => {
    expect(
      chooseLoudest(
        Array.from({ length: 9 }, () => source(127)),
        0,
      ),
    ).toEqual([]);
  });

  it('keeps whoever falls silent for half a second', () => {
    const sources = Array.from({ length: 9 }, () => source(127));
    const [speaker] = sources;
    if (speaker === undefined) throw new Error('no source');
    speaker.level = 20;
    chooseLoudest(sources, 1000);
    speaker.level = 127;
    expect(chooseLoudest(sources, 1499)).toEqual([speaker]);
    expect(chooseLoudest(sources, 1500)).toEqual([]);
  });

  it('is never more than six of a large room, always with the loudest', () => {
    const rounds = fc.array(fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 12, maxLength: 12 }));
    fc.assert(
      fc.property(rounds, (rounds) => {
        const sources = Array.from({ length: 12 }, () => source(127));
        for (const [round, levels] of rounds.entries()) {
          for (const [index, source] of sources.entries()) source.level = levels[index] ?? 127;
          const chosen = chooseLoudest(sources, 20 * round);
          expect(chosen.length).toBeLessThanOrEqual(6);
          const loudest = Math.min(...levels);
          if (loudest < 127) expect(chosen.some(({ level }) => level === loudest)).toBe(true);
        }
      }),
    );
  });
});

describe('the clock', () => {
  it('has a tick every 20 ms on average, however late each one is taken', () => {
    const clock = new TickClock(0);
    let ticks = 0;
    for (let nowMs = 0; nowMs < 10_000;) {
      nowMs += clock.waitMs(nowMs) + (nowMs % 7);
      ticks += clock.take(nowMs).ticks;
    }
    expect(ticks).toBe(500);
  });

  it('is never early', () => {
    const clock = new TickClock(0);
    expect(clock.take(19.9)).toEqual({ ticks: 0, skipped: 0, lateMs: 0 });
    expect(clock.waitMs(15)).toBe(5);
    expect(clock.take(20)).toEqual({ ticks: 1, skipped: 0, lateMs: 0 });
  });

  it('makes up for three ticks after a pause and leaves the others out', () => {
    const clock = new TickClock(0);
    expect(clock.take(45)).toEqual({ ticks: 2, skipped: 0, lateMs: 25 });
    expect(clock.take(260)).toEqual({ ticks: 3, skipped: 8, lateMs: 200 });
    expect(clock.waitMs(260)).toBe(20);
  });
});
