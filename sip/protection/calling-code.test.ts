import { expect, it } from 'vitest';
import { callingCodeOf, countryOfNumber } from './calling-code.ts';

it.each([
  ['+302101234567', '30', 'GR'],
  ['+493012345612', '49', 'DE'],
  ['+35312345678', '353', 'IE'],
  // Shared by many countries.
  ['+12125550100', '1', undefined],
  ['+74951234567', '7', undefined],
  // No country has it.
  ['+99912345', undefined, undefined],
  // Without its country a number may be anywhere's.
  ['3021012345', undefined, undefined],
  ['', undefined, undefined],
])('%j: +%s, %s', (number, code, country) => {
  expect(callingCodeOf(number)).toBe(code);
  expect(countryOfNumber(number)).toBe(country);
});
