import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoff, SIGNALLING_RETRY } from './retry-policy.ts';

const policy = backoff({ firstDelayMs: 1_000, factor: 2, maxDelayMs: 8_000, giveUpAfterMs: 60_000 });

describe('back-off', () => {
  test('steps double up to the maximum', () => {
    const delays = [1, 2, 3, 4, 5, 9].map((attempt) => policy.delayMs(attempt, 0, 1));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  test('randomness takes away at most half of a step', () => {
    const input = fc.record({
      attempt: fc.integer({ min: 1, max: 2_000 }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(input, ({ attempt, random }) => {
        const step = policy.delayMs(attempt, 0, 1) ?? 0;
        const delay = policy.delayMs(attempt, 0, random) ?? -1;
        expect(delay).toBeGreaterThanOrEqual(step / 2);
        expect(delay).toBeLessThanOrEqual(step);
      }),
    );
  });

  test('it gives up after its time', () => {
    expect(policy.delayMs(7, 59_999, 0)).toBeDefined();
    expect(policy.delayMs(7, 60_000, 0)).toBeUndefined();
  });

  test('a lost signalling connection is tried again within half a second', () => {
    expect(SIGNALLING_RETRY.delayMs(1, 0, 1)).toBeLessThanOrEqual(500);
  });
});
