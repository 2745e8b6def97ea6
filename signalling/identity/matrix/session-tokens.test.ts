import jwt from 'jsonwebtoken';
import { expect, test } from 'vitest';
import { elementToken } from '../../../test/support/matrix/element-token.ts';
import { SessionTokens } from './session-tokens.ts';

const KEY = 'the generated secret of this installation';
const person = { userId: '@ann:example.org', roomId: '!a:example.org', name: 'Ann', avatar: undefined };

function sessions(changes: { key?: string; domain?: string; nowSeconds?: number } = {}): SessionTokens {
  const { key = KEY, domain = 'meet.example', nowSeconds = 1_000 } = changes;
  return new SessionTokens({ key, domain, lifetimeSeconds: 12 * 3_600, nowSeconds: () => nowSeconds });
}

test('a session is read back as it was given, for its time', () => {
  const { token, session } = sessions().issue(person);
  expect(session).toEqual({ ...person, expiresAtSeconds: 1_000 + 12 * 3_600 });
  expect(sessions({ nowSeconds: 1_000 + 70 * 60 }).read(token)).toEqual(session);
  expect(sessions({ nowSeconds: 1_000 + 12 * 3_600 }).read(token)).toBe('expired');
});

test.each([
  ['of another installation', () => sessions({ key: 'another secret' }).issue(person).token],
  ['of another domain', () => sessions({ domain: 'other.example' }).issue(person).token],
  [
    'signed with the secret itself, as room tokens are',
    () => jwt.sign({ iss: 'parley-matrix', aud: 'meet.example', sub: 'x', room: 'y', exp: 9e9 }, KEY),
  ],
  ['of Element', () => elementToken({ matrix: {} })],
  [
    'with changed claims',
    () => {
      const [head = '', , signature = ''] = sessions().issue(person).token.split('.');
      const forged = { iss: 'parley-matrix', aud: 'meet.example', sub: '@eve:x', room: '!a:example.org', exp: 9e9 };
      return [head, Buffer.from(JSON.stringify(forged)).toString('base64url'), signature].join('.');
    },
  ],
  ['that is none', () => 'x'],
  ['that is empty', () => ''],
])('a token %s is none', (_what, make) => {
  expect(sessions().read(make())).toBe('other');
});
