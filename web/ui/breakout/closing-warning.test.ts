import { expect, test } from 'vitest';
import { ClosingWarning } from './closing-warning.ts';

test('people are warned once in the last minute, and again after the end was put off', () => {
  const warning = new ClosingWarning();
  const at = (endsAtMs: number | undefined, nowMs: number, isConcerned = true) =>
    warning.isDue({ endsAtMs }, isConcerned, nowMs);
  expect([at(undefined, 0), at(100_000, 0), at(100_000, 39_999)]).toEqual([false, false, false]);
  expect([at(100_000, 40_000), at(100_000, 40_500), at(100_000, 99_000)]).toEqual([true, false, false]);
  expect([at(400_000, 99_500), at(400_000, 340_000), at(400_000, 341_000)]).toEqual([false, true, false]);
  expect([at(undefined, 342_000), at(390_000, 343_000)]).toEqual([false, true]);
});

test('who is not concerned is not warned, but is as soon as it is; what is over is no news', () => {
  const warning = new ClosingWarning();
  expect(warning.isDue({ endsAtMs: 30_000 }, false, 0)).toBe(false);
  expect(warning.isDue({ endsAtMs: 30_000 }, true, 10_000)).toBe(true);
  expect(new ClosingWarning().isDue({ endsAtMs: 30_000 }, true, 30_000)).toBe(false);
});
