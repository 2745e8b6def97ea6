import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPhoneNumberList } from './phone-number-list.ts';

const athens = { countryCode: 'GR', formattedNumber: '+30 210 123 4567', tollFree: false };

test('a list of numbers is read as it stands', () => {
  const free = { countryCode: 'DE', formattedNumber: '0800 1234', tollFree: true };
  expect(readPhoneNumberList([athens, free])).toEqual([athens, free]);
});

test('the older map of countries is read, unless it says that numbers are off', () => {
  const older = { message: 'Call us', numbers: { GR: ['+30 210 123 4567'] }, numbersEnabled: true };
  expect(readPhoneNumberList(older)).toEqual([athens]);
  expect(readPhoneNumberList({ ...older, numbersEnabled: false })).toEqual([]);
});

test('what is no number is left out', () => {
  const odd = [null, 7, {}, { formattedNumber: 'javascript:alert(1)' }, { formattedNumber: '+30<b>' }];
  expect(readPhoneNumberList([...odd, athens])).toEqual([athens]);
  expect(readPhoneNumberList([{ ...athens, countryCode: 'Greece' }])).toEqual([{ ...athens, countryCode: '' }]);
});

test('no answer of a server makes reading fail', () => {
  fc.assert(fc.property(fc.jsonValue(), (answer) => Array.isArray(readPhoneNumberList(answer))));
});
