import { expect, test } from 'vitest';
import { numberSound } from './sound.ts';

test('counts up to ten have a word of their own', () => {
  expect([1, 7, 10].map(numberSound)).toEqual(['number-1', 'number-7', 'number-10']);
  expect([0, 11, 250].map(numberSound)).toEqual(['number-many', 'number-many', 'number-many']);
});
