import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { limitLogins } from './login-limit.ts';

const PER_MINUTE = 3;

async function logins() {
  const app = fastify();
  await app.register(async (scope) => {
    await limitLogins(scope, { perMinute: PER_MINUTE, addressOf: ({ headers }) => String(headers['x-from']) });
    scope.get('/auth/login', () => 'welcome');
    scope.get('/auth/broken', () => {
      throw new Error('broken');
    });
  });
  app.get('/elsewhere', () => 'welcome');
  return async (from: string, url = '/auth/login') =>
    (await app.inject({ url, headers: { 'x-from': from } })).statusCode;
}

test('each address has its own, and other pages are not counted', async () => {
  const ask = await logins();
  for (let i = 0; i < PER_MINUTE; i += 1) expect(await ask('192.0.2.1')).toBe(200);
  expect(await ask('192.0.2.1')).toBe(429);
  expect(await ask('192.0.2.1', '/elsewhere')).toBe(200);
  expect(await ask('192.0.2.2')).toBe(200);
});

test('a network of IPv6 is one address', async () => {
  const ask = await logins();
  for (let i = 0; i < PER_MINUTE; i += 1) expect(await ask(`2001:db8::${i}`)).toBe(200);
  expect(await ask('2001:db8::ffff')).toBe(429);
  expect(await ask('2001:db8:0:1::1')).toBe(200);
});

test('other mistakes are not taken for too many requests', async () => {
  const ask = await logins();
  expect(await ask('192.0.2.1', '/auth/broken')).toBe(500);
});
