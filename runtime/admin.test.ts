import { Validator } from '@seriousme/openapi-schema-validator';
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
  const answer = z.object({ got: count });
  admin.route({
    method: 'GET',
    path: '/things',
    summary: 'List things',
    input: count,
    answer,
    handle: (got) => ({ got }),
  });
  admin.route({
    method: 'POST',
    path: '/things/:count',
    summary: 'Make things',
    input: count,
    answer,
    handle: async (got) => ({ got }),
  });
  admin.route({
    method: 'POST',
    path: '/refused',
    summary: 'Refuse',
    input: z.strictObject({ text: z.string().optional() }),
    answer: z.object({}),
    handle: () => {
      throw new AdminError(409, 'not-now', 'Not now.', 'Later.');
    },
  });
  admin.route({
    method: 'POST',
    path: '/broken',
    summary: 'Break',
    input: z.strictObject({}),
    answer: z.object({}),
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
    expect(made).toEqual({ status: 200, body: { got: { count: 3 } } });
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

  it('describes its routes from their schemas, as OpenAPI 3.1 has it', async () => {
    const { body } = await ask(`${await start()}/openapi.json`);
    const validator = new Validator();
    expect(await validator.validate(body as Record<string, unknown>)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const count = { type: 'integer', maximum: 9 };
    expect(body).toMatchObject({
      paths: {
        '/things': {
          get: { summary: 'List things', parameters: [{ name: 'count', in: 'query', required: true, schema: count }] },
        },
        '/things/{count}': { post: { parameters: [{ name: 'count', in: 'path', required: true, schema: count }] } },
        '/refused': {
          post: {
            requestBody: {
              required: false,
              content: { 'application/json': { schema: { properties: { text: { type: 'string' } } } } },
            },
          },
        },
      },
    });
  });

  it('knows whether there is anything to be asked', () => {
    const admin = create();
    expect(admin.hasRoutes).toBe(false);
    const nothing = z.strictObject({});
    admin.route({ method: 'GET', path: '/x', summary: 'X', input: nothing, answer: nothing, handle: () => ({}) });
    expect(admin.hasRoutes).toBe(true);
  });

  it('names the setting when its port is taken', async () => {
    const port = Number(new URL(await start()).port);
    const second = create({ port });
    await expect(second.listen()).rejects.toThrow(/PARLEY_ADMIN_PORT/);
    await expect(second.listen()).rejects.toBeInstanceOf(StartError);
  });
});
