import { expect, test } from 'vitest';
import { sipRequest, uriOf } from '../../test/support/sip/messages.ts';
import { callerNameOf } from './caller-name.ts';

function nameOf(user: string, displayName?: string, headers: Record<string, string> = {}, isTrusted = false): string {
  const from = { uri: uriOf(user, 'phone.example'), parameters: new Map() };
  const others = Object.entries(headers).map(([name, value]) => ({ name, value }));
  const request = sipRequest('INVITE', { from: displayName === undefined ? from : { ...from, displayName }, others });
  return callerNameOf(request, isTrusted);
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

test.each([
  ['anonymous', undefined, {}],
  ['', undefined, {}],
  ['+302101234567', 'Anonymous', {}],
  ['+302101234567', 'Ann', { privacy: 'id' }],
  ['+302101234567', 'Ann', { privacy: 'user;critical' }],
])('who wants to be nobody is a phone (%s, %s, %j)', (user, displayName, headers) => {
  expect(nameOf(user, displayName, headers)).toBe('Phone');
});

test('the trunk’s word for who calls counts only where the trunk is trusted', () => {
  const headers = { 'p-asserted-identity': '"Bob" <sip:+302107654321@trunk.example>' };
  expect(nameOf('+302101234567', 'Ann', headers, true)).toBe('Bob');
  expect(nameOf('+302101234567', 'Ann', headers)).toBe('Ann');
});

test.each(['', '<', 'nonsense <<>>', '"unclosed <sip:a@b>'])('an identity that says %j is passed over', (value) => {
  expect(nameOf('+302101234567', 'Ann', { 'p-asserted-identity': value }, true)).toBe('Ann');
});

test('what a name is made of to deceive is taken out, and it is cut', () => {
  expect(nameOf('a', '\u202eAnn\r\n')).toBe('Ann');
  expect(nameOf('a', 'x'.repeat(10_000)).length).toBeLessThanOrEqual(64);
});
