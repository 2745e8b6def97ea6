import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AwaitedAnswers } from './awaited-answers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('an answer in time settles the request, and only once', () => {
  const awaited = new AwaitedAnswers(1_000);
  const missed = vi.fn<() => void>();
  expect(awaited.expect('ann', '1', missed)).toBe(true);
  expect([awaited.settle('bob', '1'), awaited.settle('ann', '1'), awaited.settle('ann', '1')]).toEqual([
    false,
    true,
    false,
  ]);
  vi.advanceTimersByTime(2_000);
  expect(missed).not.toHaveBeenCalled();
});

test('without one it is missed once, and a late answer is wanted no more', () => {
  const awaited = new AwaitedAnswers(1_000);
  const missed = vi.fn<() => void>();
  awaited.expect('ann', '1', missed);
  vi.advanceTimersByTime(5_000);
  expect(missed).toHaveBeenCalledTimes(1);
  expect(awaited.settle('ann', '1')).toBe(false);
});

test('the same id twice, and more requests than anyone needs, are refused', () => {
  const awaited = new AwaitedAnswers(1_000);
  for (let i = 0; i < 32; i += 1) expect(awaited.expect('ann', `${i}`, () => undefined)).toBe(true);
  expect(awaited.expect('ann', 'more', () => undefined)).toBe(false);
  expect(awaited.expect('bob', '1', () => undefined)).toBe(true);
  expect(awaited.expect('bob', '1', () => undefined)).toBe(false);
});

test('one who left is forgotten', () => {
  const awaited = new AwaitedAnswers(1_000);
  const missed = vi.fn<() => void>();
  awaited.expect('ann', '1', missed);
  awaited.forget('ann');
  vi.advanceTimersByTime(2_000);
  expect(missed).not.toHaveBeenCalled();
});
