import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('a burst is allowed, then only the rate', () => {
  const bucket = new TokenBucket(3, 10, 0);
  expect([bucket.take(1, 0), bucket.take(2, 0), bucket.take(1, 0)]).toEqual([true, true, false]);
  expect(bucket.take(1, 99)).toBe(false);
  expect(bucket.take(1, 100)).toBe(true);
});

test('what does not fit takes nothing', () => {
  const bucket = new TokenBucket(5, 1, 0);
  expect(bucket.take(6, 0)).toBe(false);
  expect(bucket.take(5, 0)).toBe(true);
});

test('a clock that steps back neither fills nor empties it', () => {
  const bucket = new TokenBucket(2, 1, 10_000);
  expect(bucket.take(1, 10_000)).toBe(true);
  expect(bucket.take(1, 5_000)).toBe(true);
  expect(bucket.take(1, 5_000)).toBe(false);
});

test('it is full again once the rate has made up for what was taken', () => {
  const bucket = new TokenBucket(2, 1, 0);
  bucket.take(2, 0);
  expect(bucket.isFull(1_999)).toBe(false);
  expect(bucket.isFull(2_000)).toBe(true);
});
