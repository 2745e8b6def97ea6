import { expect, test } from 'vitest';
import { ownNumber } from './own-number.ts';

const number = (countryCode: string) => ({ countryCode, formattedNumber: `+${countryCode}`, tollFree: false });
const NUMBERS = ['US', 'GR', 'DE'].map(number);

test.each([
  [['el-GR', 'en-US'], 'GR'],
  [['de'], 'DE'],
  [['fr-FR', 'el'], 'GR'],
  [['fr-FR'], 'US'],
  [['not a language', 'de-DE'], 'DE'],
  [[], 'US'],
])('who reads %j sees the number of %s first', (languages, country) => {
  expect(ownNumber(NUMBERS, languages)?.countryCode).toBe(country);
});

test('of no numbers there is none', () => {
  expect(ownNumber([], ['en'])).toBeUndefined();
});
