import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cleanDisplayName } from './display-name.ts';
import { maskNumber } from './mask-number.ts';

it.each([
  ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  [' Ελένη\r\nX: y\x00 ', 'Ελένη X: y'],
  ['abc\u202ecba\u2066', 'abccba'],
  ['x'.repeat(10_240), 'x'.repeat(64)],
  ['👩‍💻'.repeat(30).slice(0, 3), '👩\u200d'],
])('%j is shown as %j', (name, shown) => {
  expect(cleanDisplayName(name)).toBe(shown);
});

it('whatever a caller is called, what is shown is short, whole and one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
      const shown = cleanDisplayName(name);
      expect(Array.from(shown).length).toBeLessThanOrEqual(64);
      expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      expect(shown.isWellFormed()).toBe(true);
    }),
  );
});

it.each([
  ['+493012345612', '+49 30 ***12'],
  ['+12125550112', '+1 212 ***12'],
  ['+35312345612', '+353 1 ***12'],
  ['+99912345612', '+9991 ***12'],
  ['02101234567', '02101 ***67'],
  ['1234567', '***67'],
  ['101', '***'],
  ['', '***'],
])('%s is masked as %s', (number, masked) => {
  expect(maskNumber(number)).toBe(masked);
});
