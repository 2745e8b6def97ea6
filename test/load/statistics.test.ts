import { expect, test } from 'vitest';
import { median, percentile } from './statistics.ts';

test('the median is the middle sample, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNaN();
});

test('a percentile is a sample that was measured', () => {
  const samples = Array.from({ length: 20 }, (_, index) => index + 1);
  expect(percentile(samples, 0.95)).toBe(19);
  expect(percentile(samples, 0.5)).toBe(10);
  expect(percentile([7], 0.95)).toBe(7);
});
