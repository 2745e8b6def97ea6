import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminConfig, AdminError, AdminServer } from './admin.ts';
import { StartError } from './start-error.ts';

const TOKEN = 't'.repeat(43);
const open: AdminServer[] = [];

afterEach(async () => {
  for (const admin of open.splice(0)) await admin.close();
});

function create(config: z.input<typeof adminConfig> = {}): AdminServer {
  const admin = new AdminServer(adminConfig.parse({ port: 0, ...config }), TOKEN, pino({ level: 'silent' }));
  open.push(admin);
  return admin;
}

async function start(config: z.input<typeof adminConfig> = {}): Promise<string> {
  const admin = create(config);
  const count = z.strictObject({ count: z.coerce.number().int().max(9) });
  admin.route({ method: 'GET', path: '/things', input: count, handle: (input) => ({ got: input }) });
  admin.route({ method: 'POST', path: '/things/:count', input: count, handle: async (input) => ({ made: input }) });
  admin.route({
    method: 'POST',
    path: '/refused',
    input: z.strictObject({}),
    handle: () => {
      throw new AdminError(409, 'not-now', 'Not now.', 'Later.');
    },
  });
  admin.route({
    method: 'POST',
    path: '/broken',
    input: z.strictObject({}),
    handle: () => {
      throw new Error('an inner detail');
    },
  });
  return `http://127.0.0.1:${await admin.listen()}`;
}

async function ask(url: string, init: RequestInit = {}, token = TOKEN): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { ...init, headers });
  return { status: response.status, body: await response.json() };
}

const errorWith = (code: string): unknown => ({
  error: { code, message: expect.any(String) as string, remedy: expect.any(String) as string },
});

describe('the admin API', () => {
  it('hands typed input from query, path or body to the route and sends its answer', async () => {
    const url = await start();
    expect(await ask(`${url}/things?count=7`)).toEqual({ status: 200, body: { got: { count: 7 } } });
    const made = await ask(`${url}/things/3`, { method: 'POST', body: '{}' });
    expect(made).toEqual({ status: 200, body: { made: { count: 3 } } });
  });

  it.each(['', 'wrong', TOKEN.slice(1), `${TOKEN}x`, `${TOKEN} ${TOKEN}`])(
    'answers 401 to the token “%s”, also where there is no route',
    async (token) => {
      const url = await start();
      for (const path of ['/things?count=7', '/nowhere']) {
        expect(await ask(`${url}${path}`, {}, token)).toEqual({ status: 401, body: errorWith('unauthorized') });
      }
    },
  );

  it('takes a configured token in place of the generated one', async () => {
    const configured = 'c'.repeat(32);
    const url = await start({ token: configured });
    expect((await ask(`${url}/things?count=1`, {}, configured)).status).toBe(200);
    expect((await ask(`${url}/things?count=1`)).status).toBe(401);
    expect(adminConfig.safeParse({ token: 'too short' }).success).toBe(false);
  });

  it.each([
    ['a value of wrong form', '/things?count=many', undefined, 400],
    ['a value out of bounds', '/things?count=10', undefined, 400],
    ['an unknown key', '/things?count=1&more=2', undefined, 400],
    ['a body that is no JSON', '/refused', '{', 400],
    ['a body that is no object', '/refused', '"text"', 400],
    ['a body that is too long', '/refused', JSON.stringify({ text: 'x'.repeat(70_000) }), 413],
  ])('refuses %s', async (_name, path, body, status) => {
    const url = await start();
    const answer = await ask(`${url}${path}`, body === undefined ? {} : { method: 'POST', body });
    expect(answer).toEqual({ status, body: errorWith('bad-request') });
  });

  it('tells of a refusal with its code and remedy, and of a bug without its details', async () => {
    const url = await start();
    const refused = await ask(`${url}/refused`, { method: 'POST', body: '{}' });
    expect(refused).toEqual({
      status: 409,
      body: { error: { code: 'not-now', message: 'Not now.', remedy: 'Later.' } },
    });
    const broken = await ask(`${url}/broken`, { method: 'POST', body: '{}' });
    expect(broken).toEqual({ status: 500, body: errorWith('failed') });
    expect(JSON.stringify(broken.body)).not.toContain('inner detail');
  });

  it('knows whether there is anything to be asked', () => {
    const admin = create();
    expect(admin.hasRoutes).toBe(false);
    admin.route({ method: 'GET', path: '/x', input: z.strictObject({}), handle: () => ({}) });
    expect(admin.hasRoutes).toBe(true);
  });

  it('names the setting when its port is taken', async () => {
    const port = Number(new URL(await start()).port);
    const second = create({ port });
    await expect(second.listen()).rejects.toThrow(/PARLEY_ADMIN_PORT/);
    await expect(second.listen()).rejects.toBeInstanceOf(StartError);
  });
});
