import { expect, test } from 'vitest';
import { drawPin } from './draw-pin.ts';

test.each([9, 10])('a PIN of %i digits is a number without 0 at its beginning, and another each time', (digits) => {
  const pins = Array.from({ length: 200 }, () => drawPin(digits));
  for (const pin of pins) expect(pin).toMatch(new RegExp(`^[1-9]\\d{${digits - 1}}$`));
  expect(new Set(pins).size).toBe(pins.length);
});
