import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { child, xml } from '#protocol/xmpp/element.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { CookieBrowser } from '../../support/oidc/browser.ts';
import { IdentityProvider } from '../../support/oidc/identity-provider.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { NS, itemOf } from '../../support/xmpp-test-client.ts';

const PUBLIC_URL = 'https://meet.example';
const HOST = 'meet.example';

let provider: IdentityProvider;
let server: SignallingHarness;
beforeAll(async () => {
  provider = await IdentityProvider.start();
  provider.allow(PUBLIC_URL);
  server = await SignallingHarness.start({
    oidc: {
      ...provider.settings,
      memberGroups: ['choir'],
      moderatorGroups: ['board'],
      featureGroups: ['recording:board', 'livestreaming:press'],
    },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

/** Asks our server under its public name. */
function ask(browser: CookieBrowser, path: string, init?: RequestInit, at = server): Promise<Response> {
  return browser.request(`${at.httpUrl}${path}`, init, HOST);
}

function locationOf(response: Response): string {
  expect(response.status).toBe(302);
  return response.headers.get('location') ?? '';
}

/** Up to the way back. @returns path and query of the redirect URI */
async function logInAtProvider(browser: CookieBrowser, name: string, room = '/standup'): Promise<string> {
  const away = locationOf(await ask(browser, `/auth/login?room=${encodeURIComponent(room)}`));
  const callback = new URL(await browser.logInAtProvider(away, name));
  expect(`${callback.origin}${callback.pathname}`).toBe(`${PUBLIC_URL}/auth/callback`);
  return callback.pathname + callback.search;
}

async function logIn(browser: CookieBrowser, name: string, room?: string): Promise<string> {
  return locationOf(await ask(browser, await logInAtProvider(browser, name, room)));
}

async function tokenOf(browser: CookieBrowser, room = '/standup'): Promise<string | null> {
  const headers = { 'content-type': 'application/json' };
  const response = await ask(browser, '/auth/token', { method: 'POST', headers, body: JSON.stringify({ room }) });
  expect(response.status).toBe(200);
  const { token } = (await response.json()) as { token: string | null };
  return token;
}

async function nameOf(browser: CookieBrowser): Promise<string | null> {
  const response = await ask(browser, '/auth/session', { method: 'POST' });
  const { name } = (await response.json()) as { name: string | null };
  return name;
}

const hasSession = (browser: CookieBrowser): boolean =>
  browser.cookies.get(HOST)?.has('__Host-parley-session') === true;

describe('logging in at the provider', () => {
  test('leads back to the meeting, which its token opens; the board moderates', async () => {
    const browser = new CookieBrowser();
    expect(await logIn(browser, 'ann', '/Team Tea')).toBe(`${PUBLIC_URL}/Team%20Tea`);
    const token = await tokenOf(browser, '/Team%20Tea');
    const ann = await server.logIn('Ann', `token=${token}`);
    const room = server.room('team%20tea');
    await server.requestConference(ann, room);
    const self = await ann.join(room);
    expect(itemOf(self)).toMatchObject({ affiliation: 'owner', role: 'moderator' });
    expect(serializeXml(child(self, 'identity')!)).toBe(
      '<identity><user><id>ann</id><name>Ann Lee</name><email>ann@choir.example</email></user></identity>',
    );
    expect(jwt.decode(token ?? '')).toMatchObject({
      room: 'team%20tea',
      context: { features: { recording: true, livestreaming: false } },
    });
  });

  test('is known by name on every page, and to nobody without the cookie', async () => {
    const browser = new CookieBrowser();
    expect(await nameOf(browser)).toBeNull();
    await logIn(browser, 'ann');
    expect(await nameOf(browser)).toBe('Ann Lee');
  });

  test('who is in no moderating group comes in and does not moderate', async () => {
    const browser = new CookieBrowser();
    await logIn(browser, 'bob');
    const bob = await server.logIn('Bob', `token=${await tokenOf(browser)}`);
    await server.requestConference(bob, server.room());
    expect(itemOf(await bob.join(server.room()))).toMatchObject({ role: 'participant' });
  });

  test('who is in no member group is told so, and has no session', async () => {
    const browser = new CookieBrowser();
    expect(await logIn(browser, 'eve')).toBe(`${PUBLIC_URL}/standup?login=not-permitted`);
    expect(hasSession(browser)).toBe(false);
    expect(await tokenOf(browser)).toBeNull();
  });

  test('cookies are out of reach of scripts, other sites and other hosts', async () => {
    const browser = new CookieBrowser();
    await logIn(browser, 'ann');
    const ours = browser.setCookies.filter((line) => line.startsWith('__Host-parley-'));
    expect(ours.length).toBeGreaterThanOrEqual(3);
    for (const line of ours) expect(line).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(browser.cookies.get(HOST)?.has('__Host-parley-login')).toBe(false);
  });

  test('a token is for its room only', async () => {
    const browser = new CookieBrowser();
    await logIn(browser, 'ann');
    const ann = await server.logIn('Ann', `token=${await tokenOf(browser, '/standup')}`);
    const refusal = await ann.join(server.room('another'));
    expect(serializeXml(refusal)).toContain('Room and token mismatched');
  });

  test('logging out ends the session here, and leads to the provider to end it there', async () => {
    const browser = new CookieBrowser();
    await logIn(browser, 'ann');
    const stolen = new Map(browser.cookies.get(HOST));
    const response = await ask(browser, '/auth/logout', { method: 'POST' });
    const { next } = (await response.json()) as { next: string };
    expect(next).toMatch(new RegExp(`^${provider.issuer}/session/end\\?id_token_hint=`));
    expect(new URL(next).searchParams.get('post_logout_redirect_uri')).toBe(`${PUBLIC_URL}/`);
    browser.cookies.set(HOST, stolen);
    expect(await tokenOf(browser)).toBeNull();
    expect(await nameOf(browser)).toBeNull();
  });

  test('who did not want to is led back, and told so', async () => {
    const browser = new CookieBrowser();
    const away = new URL(locationOf(await ask(browser, '/auth/login?room=/standup')));
    const state = away.searchParams.get('state');
    const iss = encodeURIComponent(provider.issuer);
    const back = await ask(browser, `/auth/callback?error=access_denied&state=${state}&iss=${iss}`);
    expect(locationOf(back)).toBe(`${PUBLIC_URL}/standup?login=cancelled`);
  });
});

describe('an attacker', () => {
  test('with a forged state gets nobody in', async () => {
    const browser = new CookieBrowser();
    const callback = await logInAtProvider(browser, 'ann');
    const forged = callback.replace(/state=[^&]+/, 'state=forged');
    expect(locationOf(await ask(browser, forged))).toBe(`${PUBLIC_URL}/standup?login=expired`);
    expect(hasSession(browser)).toBe(false);
  });

  test('who sends somebody the end of an own login does not log them in', async () => {
    const callback = await logInAtProvider(new CookieBrowser(), 'ann');
    const victim = new CookieBrowser();
    expect(locationOf(await ask(victim, callback))).toBe(`${PUBLIC_URL}/?login=expired`);
    // Also not in the middle of a login of their own.
    await ask(victim, '/auth/login?room=/standup');
    expect(locationOf(await ask(victim, callback))).toBe(`${PUBLIC_URL}/standup?login=expired`);
    expect(hasSession(victim)).toBe(false);
  });

  test('who replays a code is refused by the provider, even with all cookies', async () => {
    const browser = new CookieBrowser();
    const callback = await logInAtProvider(browser, 'ann');
    const before = new Map(browser.cookies.get(HOST));
    await ask(browser, callback);
    const thief = new CookieBrowser();
    thief.cookies.set(HOST, before);
    expect(locationOf(await ask(thief, callback))).toBe(`${PUBLIC_URL}/standup?login=failed`);
    expect(hasSession(thief)).toBe(false);
  });

  test('cannot use what another client of the same provider was given', async () => {
    const browser = new CookieBrowser();
    const away = new URL(locationOf(await ask(browser, '/auth/login?room=/standup')));
    away.searchParams.set('client_id', 'other');
    const callback = new URL(await browser.logInAtProvider(away.href, 'ann'));
    const back = await ask(browser, callback.pathname + callback.search);
    expect(locationOf(back)).toBe(`${PUBLIC_URL}/standup?login=failed`);
  });

  test.each([
    ['a room token', (key: string) => jwt.sign({ iss: 'parley', aud: HOST, room: '*' }, key)],
    ['another key', () => jwt.sign({ state: 's', nonce: 'n', codeVerifier: 'v', path: '/' }, 'y'.repeat(32), AUDIENCE)],
    ['no signature', () => jwt.sign({ state: 's' }, null, { algorithm: 'none', ...AUDIENCE })],
    ['a login of yesterday', (key: string) => jwt.sign(attempt, key, { ...AUDIENCE, expiresIn: -1 })],
    ['nothing', () => ''],
  ])('with %s in place of a login gets nowhere', async (_what, make) => {
    const browser = new CookieBrowser();
    browser.cookies.set(HOST, new Map([['__Host-parley-login', make('x'.repeat(32))]]));
    expect(locationOf(await ask(browser, '/auth/callback?code=x&state=s'))).toBe(`${PUBLIC_URL}/?login=expired`);
  });

  test('with a login as a room token is not let in', async () => {
    const browser = new CookieBrowser();
    await ask(browser, '/auth/login?room=/standup');
    const sealed = browser.cookies.get(HOST)?.get('__Host-parley-login');
    const client = await server.connect('Eve', `token=${sealed}`);
    await client.open(HOST);
    client.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
    const failure = await client.receive('a failure', ({ name }) => name === 'failure');
    expect(serializeXml(failure)).toContain('<not-allowed/>');
  });

  test.each([
    '//evil.example/x',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/./\\evil.example',
    '/..//evil.example',
    '/auth/logout',
    '/assets/x',
    `/${'x'.repeat(3000)}`,
  ])('cannot make us send people to %s', async (room) => {
    expect(await logIn(new CookieBrowser(), 'ann', room)).toBe(`${PUBLIC_URL}/`);
  });

  test.each(['', '{}', '{"room":7}', '{"room":"/"}', '{"room":"//evil.example"}', '["/standup"]', '{"room":"/auth"}'])(
    'gets no token for %s',
    async (body) => {
      const browser = new CookieBrowser();
      await logIn(browser, 'ann');
      const headers = { 'content-type': 'application/json' };
      const response = await ask(browser, '/auth/token', { method: 'POST', headers, body });
      expect(response.status).toBe(400);
    },
  );
});

const AUDIENCE = { audience: 'parley-login' };
const attempt = { state: 's', nonce: 'n', codeVerifier: 'v', path: '/' };

describe('a provider that is', () => {
  async function withProvider(listener: RequestListener): Promise<{ http: Server; url: string }> {
    const http = createServer(listener);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return { http, url: `http://localhost:${(http.address() as AddressInfo).port}` };
  }

  async function login(issuer: string): Promise<string> {
    await using harness = await SignallingHarness.start({ oidc: { ...provider.settings, issuer } });
    return locationOf(await ask(new CookieBrowser(), '/auth/login?room=/standup', {}, harness));
  }

  test('down is said to be so', async () => {
    const { http, url } = await withProvider(() => undefined);
    await new Promise((resolve) => http.close(resolve));
    expect(await login(url)).toBe(`${PUBLIC_URL}/standup?login=unreachable`);
  });

  test('slow keeps nobody waiting for ever', { timeout: 40_000 }, async () => {
    const { http, url } = await withProvider(() => undefined);
    expect(await login(url)).toBe(`${PUBLIC_URL}/standup?login=unreachable`);
    http.closeAllConnections();
    http.close();
  });

  test.each([
    ['somewhere else', (): string => JSON.stringify({ issuer: provider.issuer })],
    ['no provider', (): string => '<html>'],
    ['long-winded', (): string => `"${'x'.repeat(1_000_000)}`],
  ])('%s is not believed', async (_what, document) => {
    const { http, url } = await withProvider((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(document());
    });
    expect(await login(url)).toBe(`${PUBLIC_URL}/standup?login=unreachable`);
    http.close();
  });

  test('redirecting is not followed, wherever that leads', async () => {
    let visits = 0;
    const inner = await withProvider((_request, response) => {
      visits += 1;
      response.end('{}');
    });
    const outer = await withProvider((request, response) => {
      response.writeHead(302, { location: `${inner.url}${request.url}` }).end();
    });
    expect(await login(outer.url)).toBe(`${PUBLIC_URL}/standup?login=unreachable`);
    expect(visits).toBe(0);
    for (const { http } of [inner, outer]) http.close();
  });

  test('of another opinion of our secret is a failure that the log explains', async () => {
    await using harness = await SignallingHarness.start({ oidc: { ...provider.settings, clientSecret: 'wrong' } });
    const browser = new CookieBrowser();
    const away = locationOf(await ask(browser, '/auth/login?room=/standup', {}, harness));
    const callback = new URL(await browser.logInAtProvider(away, 'ann'));
    const back = await ask(browser, callback.pathname + callback.search, {}, harness);
    expect(locationOf(back)).toBe(`${PUBLIC_URL}/standup?login=failed`);
  });
});

test('an address that asks too often is told when to come back', async () => {
  const oidc = { ...provider.settings, requestsPerMinutePerAddress: 3 };
  await using harness = await SignallingHarness.start({ oidc });
  const browser = new CookieBrowser();
  for (let i = 0; i < 3; i += 1) expect((await ask(browser, '/auth/login', {}, harness)).status).toBe(302);
  const refused = await ask(browser, '/auth/login?room=/standup', {}, harness);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('content-type')).toContain('text/html');
  expect(await refused.text()).toContain('Too many logins came from your network.');
  const greek = await ask(browser, '/auth/callback', { headers: { 'accept-language': 'el-GR,el;q=0.9' } }, harness);
  expect(await greek.text()).toContain('φορτώστε ξανά τη σελίδα');
  const token = await ask(browser, '/auth/token', { method: 'POST' }, harness);
  expect([token.status, await token.json()]).toEqual([429, { error: 'too-many-requests' }]);
});

test('a token is good for an hour at most, and never longer than the login', async () => {
  await using short = await SignallingHarness.start({ oidc: { ...provider.settings, sessionHours: 0.5 } });
  for (const [harness, seconds] of [
    [server, 3_600],
    [short, 1_800],
  ] as const) {
    const browser = new CookieBrowser();
    const away = locationOf(await ask(browser, '/auth/login?room=/standup', {}, harness));
    const callback = new URL(await browser.logInAtProvider(away, 'ann'));
    await ask(browser, callback.pathname + callback.search, {}, harness);
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"room":"/standup"}' };
    const before = Math.floor(Date.now() / 1000);
    const { token, expiresInSeconds } = (await (await ask(browser, '/auth/token', init, harness)).json()) as {
      token: string;
      expiresInSeconds: number;
    };
    expect(expiresInSeconds).toBeGreaterThan(0);
    expect(expiresInSeconds).toBeLessThanOrEqual(seconds);
    const { exp } = jwt.decode(token) as { exp: number };
    expect(exp).toBeGreaterThanOrEqual(before + expiresInSeconds);
    expect(exp).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + expiresInSeconds);
  }
});

test('without a provider there is no such way', async () => {
  await using plain = await SignallingHarness.start();
  expect((await ask(new CookieBrowser(), '/auth/login', {}, plain)).status).toBe(404);
});
