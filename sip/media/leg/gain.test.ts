import { describe, expect, it } from 'vitest';
import { measureTone } from '../../../test/support/audio/goertzel.ts';
import { decodeG711, encodeG711 } from '../codec/g711.ts';
import { G711Gain } from '../codec/g711-gain.ts';
import { AutomaticGain } from './automatic-gain.ts';

describe.each(['PCMU', 'PCMA'] as const)('gain on %s', (law) => {
  const sine = Int16Array.from({ length: 1600 }, (_, index) => 2000 * Math.sin((2 * Math.PI * 440 * index) / 8000));
  const payload = encodeG711(law, sine);

  it.each([-12, -3, 6, 12])('of %i dB changes the level by that and little else', (gainDb) => {
    const samples = new Int16Array(payload.length);
    decodeG711(law, new G711Gain(law, gainDb).apply(payload), samples);
    const { levelDbfs, snrDb } = measureTone(samples, 440, 8000);
    expect(Math.abs(levelDbfs - 20 * Math.log10(2000 / 32_767) - gainDb)).toBeLessThan(0.2);
    expect(snrDb).toBeGreaterThan(28);
  });

  it('of none leaves the very bytes, and too much is cut off instead of turned over', () => {
    expect(new G711Gain(law, 0).apply(payload)).toBe(payload);
    const samples = new Int16Array(payload.length);
    decodeG711(law, new G711Gain(law, 40).apply(payload), samples);
    for (const [index, sample] of samples.entries()) {
      if (Math.abs(sine[index] ?? 0) > 10) expect(Math.sign(sample)).toBe(Math.sign(sine[index] ?? 0));
    }
  });
});

describe('automatic gain', () => {
  const gainAfter = (seconds: number, level: number, gain = new AutomaticGain()): number => {
    let gainDb = 0;
    for (let frame = 0; frame < 50 * seconds; frame += 1) gainDb = gain.observe(level);
    return gainDb;
  };

  it('raises quiet speech to the usual level, a decibel in half a second', () => {
    expect(gainAfter(0.9, 36)).toBe(0);
    expect(gainAfter(2, 36)).toBeLessThanOrEqual(3);
    expect(gainAfter(30, 36)).toBe(10);
  });

  it('raises by 12 dB at most, never turns down, and does not listen to noise', () => {
    expect(gainAfter(60, 48)).toBe(12);
    expect(gainAfter(60, 10)).toBe(0);
    expect(gainAfter(60, 60)).toBe(0);
    expect(gainAfter(60, 127)).toBe(0);
  });

  it('comes back when the speaker becomes louder', () => {
    const gain = new AutomaticGain();
    expect(gainAfter(30, 38, gain)).toBe(12);
    expect(gainAfter(30, 20, gain)).toBe(0);
  });
});
