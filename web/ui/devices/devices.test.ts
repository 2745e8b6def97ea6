import { describe, expect, it } from 'vitest';
import { readingOf } from './level.ts';
import { mediaProblem } from './media-problem.ts';
import { hearWhileMuted, silentWhileMuted } from './speech-while-muted.ts';

const failure = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('why a device cannot be used', () => {
  it.each([
    [failure('NotAllowedError', 'Permission denied'), true, 'blocked'],
    [failure('NotAllowedError', 'Permission dismissed'), true, 'dismissed'],
    [failure('NotAllowedError', 'Permission denied by system'), true, 'blocked-by-system'],
    [failure('NotAllowedError', 'Permission denied'), false, 'not-permitted'],
    [failure('NotFoundError'), true, 'not-found'],
    [failure('OverconstrainedError'), true, 'not-found'],
    [failure('NotReadableError'), true, 'busy'],
    [failure('AbortError'), true, 'busy'],
    [failure('TypeError'), true, 'insecure'],
    ['not an error', true, 'busy'],
  ])('%s (allowed here: %s) is %s', (error, isPermittedHere, expected) => {
    expect(mediaProblem(error, isPermittedHere)).toBe(expected);
  });
});

describe('input level', () => {
  const tone = (amplitude: number) =>
    Float32Array.from({ length: 1024 }, (_, index) => amplitude * Math.sin((index * Math.PI) / 16));

  it('is 0 for silence, 1 for loud speech, between for soft speech', () => {
    expect(readingOf(tone(0))).toEqual({ level: 0, isDead: true });
    expect(readingOf(tone(0.9)).level).toBe(1);
    const soft = readingOf(tone(0.02));
    expect(soft.level).toBeGreaterThan(0.3);
    expect(soft.level).toBeLessThan(0.7);
    expect(soft.isDead).toBe(false);
  });
});

describe('speech while muted', () => {
  function notices(levels: readonly number[], stepMs = 100): number[] {
    let state = silentWhileMuted;
    const times: number[] = [];
    for (const [index, level] of levels.entries()) {
      const result = hearWhileMuted(state, level, index * stepMs);
      state = result.state;
      if (result.shouldNotify) times.push(index * stepMs);
    }
    return times;
  }

  it('is noticed after 0.7 s of voice, across the pauses of syllables', () => {
    expect(notices([0.8, 0.1, 0.8, 0.8, 0.1, 0.8, 0.8, 0.8, 0.8])).toEqual([700]);
  });

  it('is not a cough', () => {
    expect(notices([0.9, 0.9, 0, 0, 0, 0, 0, 0, 0, 0.9, 0.9, 0, 0, 0])).toEqual([]);
  });

  it('is told once a minute at most', () => {
    expect(notices(Array.from({ length: 700 }, () => 0.8))).toEqual([700, 60_700]);
  });
});
