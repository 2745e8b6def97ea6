import { afterEach, expect, test, vi } from 'vitest';
import { fetchRoomToken, loginAddress, memberName, takeLoginFailure } from './provider-login.ts';

afterEach(() => void vi.unstubAllGlobals());

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

function serverAnswers(answer: () => Response | Promise<Response>): void {
  vi.stubGlobal('fetch', () => Promise.resolve().then(answer));
}

test('who is logged in is known by name until the server says otherwise; a busy server says nothing', async () => {
  serverAnswers(() => Response.json({ token: 't', name: 'Ann Lee', expiresInSeconds: 3600 }));
  expect(await fetchRoomToken('/standup')).toEqual({ kind: 'member', token: 't', expiresInMs: 3_600_000 });
  expect(memberName.value).toBe('Ann Lee');
  serverAnswers(() => Response.json({ error: 'too-many-requests' }, { status: 429, headers: { 'retry-after': '7' } }));
  expect(await fetchRoomToken('/standup')).toEqual({ kind: 'later', afterMs: 7_000 });
  serverAnswers(() => Promise.reject(new TypeError('no network')));
  expect(await fetchRoomToken('/standup')).toEqual({ kind: 'later', afterMs: undefined });
  serverAnswers(() => new Response('maintenance', { status: 502 }));
  expect(await fetchRoomToken('/standup')).toEqual({ kind: 'later', afterMs: undefined });
  expect(memberName.value).toBe('Ann Lee');
  serverAnswers(() => Response.json({ token: null }));
  expect(await fetchRoomToken('/standup')).toEqual({ kind: 'nobody' });
  expect(memberName.value).toBeUndefined();
});
