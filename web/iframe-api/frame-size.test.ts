import { expect, test } from 'vitest';
import { cssLength } from './frame-size.ts';

test.each([
  [640, '640px'],
  ['640', '640px'],
  ['100%', '100%'],
  ['50vh', '50vh'],
  ['70dvh', '70dvh'],
  ['10em', '10em'],
  ['wide', undefined],
  ['calc(1px)', undefined],
  ['1px; color: red', undefined],
  [-5, undefined],
  [Number.NaN, undefined],
  [null, undefined],
])('%j is %j', (size, css) => {
  expect(cssLength(size)).toBe(css);
});
