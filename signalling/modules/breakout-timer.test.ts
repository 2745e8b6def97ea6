import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BreakoutTimer } from './breakout-timer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the end comes once, when it was last said to come', () => {
  let ends = 0;
  const timer = new BreakoutTimer(() => (ends += 1));
  expect(timer.remainingMs).toBeUndefined();
  timer.set(10_000);
  vi.advanceTimersByTime(4_000);
  expect(timer.remainingMs).toBe(6_000);
  timer.set(60_000);
  vi.advanceTimersByTime(59_999);
  expect([ends, timer.remainingMs]).toEqual([0, 1]);
  vi.advanceTimersByTime(1);
  expect([ends, timer.remainingMs]).toEqual([1, undefined]);
  vi.advanceTimersByTime(100_000);
  expect(ends).toBe(1);
});

test('a timer that was stopped never ends', () => {
  let ends = 0;
  const timer = new BreakoutTimer(() => (ends += 1));
  timer.set(10_000);
  timer.stop();
  timer.stop();
  vi.advanceTimersByTime(100_000);
  expect([ends, timer.remainingMs]).toEqual([0, undefined]);
});
