import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeyServer } from '../../../test/support/tokens/key-server.ts';
import { TokenIssuer } from '../../../test/support/tokens/token-issuer.ts';
import { fetchGuarded } from './guarded-fetch.ts';
import { KeyServerError } from './key-source.ts';
import { JwksKeys, PemServerKeys } from './remote-keys.ts';

const rsa = new TokenIssuer('RS256', 'rsa-1');
const ec = new TokenIssuer('ES256', 'ec-1');
const times = { freshMs: 60_000, staleMs: 600_000, retryMs: 1_000 };
const bounds = { timeoutMs: 2_000, maxBytes: 16_384, isHttpAllowed: true };

let server: KeyServer;
let nowMs: number;
beforeEach(async () => {
  server = await KeyServer.start();
  nowMs = 1_000_000;
});
afterEach(() => server[Symbol.asyncDispose]());

const options = { ...bounds, times, now: () => nowMs };
const jwks = (): JwksKeys => new JwksKeys(`${server.origin}/jwks.json`, options);
const pems = (): PemServerKeys => new PemServerKeys(`${server.origin}/keys/{sha256}.pem`, options);
const keySet = (...issuers: readonly TokenIssuer[]): string =>
  JSON.stringify({
    keys: [
      { kty: 'oct', kid: 'odd', k: 'AAAA' },
      { kty: 'RSA', kid: 'broken', n: '!', e: 'AQAB' },
      ...issuers.map(({ jwk }) => jwk),
    ],
  });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (!(error instanceof KeyServerError)) throw error;
    return error.code;
  }
}

test('a key per file is looked for under the SHA-256 of its name, whatever the name is', async () => {
  server.answer(rsa.pem);
  const kid = '../../../etc/passwd?x=#';
  expect((await pems().find(kid, 'RS256'))?.equals(rsa.publicKey)).toBe(true);
  expect(server.requests).toEqual([`/keys/${createHash('sha256').update(kid).digest('hex')}.pem`]);
});

test('a key set gives the keys it has, each for its own algorithm', async () => {
  server.answer(keySet(rsa, ec));
  const keys = jwks();
  expect((await keys.find('rsa-1', 'RS256'))?.equals(rsa.publicKey)).toBe(true);
  expect((await keys.find('ec-1', 'ES256'))?.equals(ec.publicKey)).toBe(true);
  expect(await keys.find('ec-1', 'RS256')).toBeUndefined();
  expect(await keys.find('odd', 'RS256')).toBeUndefined();
  expect(server.requests).toHaveLength(1);
});

test('many who ask at once cost one request', async () => {
  server.answer(rsa.pem);
  const keys = pems();
  const found = await Promise.all(Array.from({ length: 20 }, () => keys.find('a', 'RS256')));
  expect(found.every((key) => key?.equals(rsa.publicKey) === true)).toBe(true);
  expect(server.requests).toHaveLength(1);
});

test('a new key is found once the set is asked for again, and that is not more often than allowed', async () => {
  server.answer(keySet(rsa));
  const keys = jwks();
  await keys.find('rsa-1', 'RS256');
  server.answer(keySet(rsa, ec));
  expect(await keys.find('ec-1', 'ES256')).toBeUndefined();
  nowMs += times.retryMs;
  expect(await keys.find('ec-1', 'ES256')).toBeDefined();
  expect(server.requests).toHaveLength(2);
});

test('a key that was taken back stops counting when what is known has aged', async () => {
  server.answer(rsa.pem);
  const keys = pems();
  await keys.find('a', 'RS256');
  server.answer('', 404);
  expect(await keys.find('a', 'RS256')).toBeDefined();
  nowMs += times.freshMs;
  expect(await keys.find('a', 'RS256')).toBeUndefined();
});

test('while the server is down known keys go on, for a while; unknown ones cannot be had', async () => {
  server.answer(rsa.pem);
  const keys = pems();
  await keys.find('a', 'RS256');
  server.answer('', 503);
  nowMs += times.freshMs;
  expect(await keys.find('a', 'RS256')).toBeDefined();
  expect(await codeOf(keys.find('b', 'RS256'))).toBe('bad-status');
  nowMs += times.staleMs;
  expect(await codeOf(keys.find('a', 'RS256'))).toBe('bad-status');
});

test('whoever makes up names is held up; who has a known one is not', async () => {
  const good = createHash('sha256').update('good').digest('hex');
  server.handler = (request, response) =>
    void response.writeHead(request.url?.includes(good) === true ? 200 : 404).end(rsa.pem);
  const keys = pems();
  expect(await keys.find('good', 'RS256')).toBeDefined();
  const codes = await Promise.all(Array.from({ length: 40 }, (_, i) => codeOf(keys.find(`made up ${i}`, 'RS256'))));
  expect(codes).toContain('busy');
  nowMs += times.freshMs;
  for (let i = 0; i < 300; i += 1) {
    nowMs += 500;
    await keys.find(`also made up ${i}`, 'RS256');
  }
  const asked = server.requests.length;
  expect(await keys.find('good', 'RS256')).toBeDefined();
  expect(server.requests.length).toBeLessThanOrEqual(asked + 1);
});

test.each([
  ['what is no key', 'hello', 'bad-key'],
  ['too much', 'x'.repeat(20_000), 'too-large'],
])('%s is an error', async (_what, body, code) => {
  server.answer(body);
  expect(await codeOf(pems().find('a', 'RS256'))).toBe(code);
  expect(await codeOf(jwks().find('a', 'RS256'))).toBe(code);
});

test('a server that answers slowly, or drop by drop, is given up', async () => {
  const hasty = { ...bounds, timeoutMs: 100 };
  server.handler = () => undefined;
  expect(await codeOf(fetchGuarded(new URL(server.origin), hasty))).toBe('timeout');
  server.handler = (_request, response) => {
    const drip = setInterval(() => response.write('x'), 10);
    response.once('close', () => clearInterval(drip));
  };
  expect(await codeOf(fetchGuarded(new URL(server.origin), hasty))).toBe('timeout');
});

test('a server that is down cannot be reached', async () => {
  const { origin } = server;
  await server[Symbol.asyncDispose]();
  expect(await codeOf(fetchGuarded(new URL(origin), bounds))).toBe('unreachable');
});

test('it follows redirects within the configured server, but not round in circles', async () => {
  server.handler = (request, response) =>
    request.url === '/moved'
      ? void response.writeHead(200).end('here')
      : void response.writeHead(302, { location: '/moved' }).end();
  expect(String(await fetchGuarded(new URL(`${server.origin}/a`), bounds))).toBe('here');
  server.answer('', 302, { location: '/again' });
  expect(await codeOf(fetchGuarded(new URL(`${server.origin}/a`), bounds))).toBe('bad-redirect');
});

test.each([
  ['loopback', (port: string) => `http://127.0.0.2:${port}/`],
  ['loopback by another name', (port: string) => `http://localhost:${port}/`],
  ['loopback in IPv6', (port: string) => `http://[::1]:${port}/`],
  ['loopback as IPv4 in IPv6', (port: string) => `http://[::ffff:127.0.0.1]:${port}/`],
  ['a private network', () => 'http://10.0.0.1/'],
  ['the metadata service of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
  ['a unique local address', () => 'https://[fd00::1]/'],
])('a redirect to %s is not followed', async (_what, target) => {
  server.answer('', 302, { location: target(new URL(server.origin).port) });
  expect(await codeOf(fetchGuarded(new URL(`${server.origin}/a`), bounds))).toBe('forbidden-address');
  expect(server.requests).toEqual(['/a']);
});

test.each(['ftp://keys.example/', 'file:///etc/passwd', 'http://', ''])(
  'a redirect to “%s” is none',
  async (location) => {
    server.answer('', 302, { location });
    expect(await codeOf(fetchGuarded(new URL(`${server.origin}/a`), bounds))).toBe('bad-redirect');
  },
);

test('without permission for http nothing is asked for at all', async () => {
  const strict = { ...bounds, isHttpAllowed: false };
  expect(await codeOf(fetchGuarded(new URL(server.origin), strict))).toBe('bad-redirect');
  expect(server.requests).toEqual([]);
});
