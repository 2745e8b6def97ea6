import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pinText, readPin } from './conference-mapper.ts';

test('the PIN of an answer is its id', () => {
  expect(readPin({ message: '', id: 123456789, conference: 'a@muc.meet.example' })).toBe('123456789');
  expect(readPin({ id: '1234567890' })).toBe('1234567890');
});

test('an answer without a usable id has no PIN', () => {
  const odd = [{ id: 123456789, conference: false }, { id: 1.5 }, { id: -1 }, { id: 1e21 }, { id: '12#' }, {}, null, 7];
  expect(odd.map(readPin).filter((pin) => pin !== undefined)).toEqual([]);
});

test('no answer of a server makes reading fail', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (answer) => {
      expect(readPin(answer) ?? '100').toMatch(/^\d{3,15}$/);
    }),
  );
});

test('PINs are shown in groups', () => {
  expect(['123456789', '1234567890', '12345'].map(pinText)).toEqual(['123 456 789', '123 456 7890', '12345']);
});
