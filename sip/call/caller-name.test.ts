import { expect, test } from 'vitest';
import { sipRequest, uriOf } from '../../test/support/sip/messages.ts';
import { callerNameOf } from './caller-name.ts';

function nameOf(user: string, displayName?: string): string {
  const from = { uri: uriOf(user, 'phone.example'), parameters: new Map() };
  return callerNameOf(sipRequest('INVITE', { from: displayName === undefined ? from : { ...from, displayName } }));
}

test('a caller is shown by name', () => {
  expect(nameOf('+302101234567', 'Ann')).toBe('Ann');
});

test.each([
  ['+302101234567', undefined],
  ['anybody', '+302101234567'],
])('a number shows little of itself, wherever it stands (%s, %s)', (user, displayName) => {
  const shown = nameOf(user, displayName);
  expect(shown).toContain('***');
  expect(shown).not.toContain('1234');
});

test('who wants to be nobody is a phone', () => {
  expect(nameOf('anonymous')).toBe('Phone');
  expect(nameOf('')).toBe('Phone');
});

test('what a name is made of to deceive is taken out, and it is cut', () => {
  expect(nameOf('a', '\u202eAnn\r\n')).toBe('Ann');
  expect(nameOf('a', 'x'.repeat(10_000)).length).toBeLessThanOrEqual(64);
});
