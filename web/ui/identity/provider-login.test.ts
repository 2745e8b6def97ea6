import { expect, test } from 'vitest';
import { loginAddress, takeLoginFailure } from './provider-login.ts';

test('the address of the login carries the path and nothing that it could break out of', () => {
  const provider = { name: 'Choir', loginUrl: 'https://meet.example/auth/login' };
  expect(loginAddress(provider, '/a&room=/b#c')).toBe('https://meet.example/auth/login?room=%2Fa%26room%3D%2Fb%23c');
});

test.each([
  ['?login=expired', 'expired', '/standup#x=1'],
  ['?lang=el&login=not-permitted', 'not-permitted', '/standup?lang=el#x=1'],
  ['?login=<b>', undefined, undefined],
  ['', undefined, undefined],
])('of %s the page is told %s', (search, failure, address) => {
  const seen: string[] = [];
  const entry = {
    state: null,
    replaceState: (_state: unknown, _title: string, url?: string | URL | null) => void seen.push(String(url)),
  };
  expect(takeLoginFailure({ pathname: '/standup', search, hash: '#x=1' }, entry)).toBe(failure);
  expect(seen).toEqual(address === undefined ? [] : [address]);
});
