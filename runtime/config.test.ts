import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { environmentVariables } from './config-environment.ts';
import { loadConfig } from './config.ts';
import { StartError } from './start-error.ts';

const schema = z.strictObject({
  publicUrl: z.url().default('http://localhost:8080').describe('Where browsers find us.'),
  http: z
    .strictObject({
      port: z.number().int().min(0).max(65_535).default(8080).describe('TCP port.'),
      trustedProxies: z.array(z.string()).default([]),
      isStrict: z.boolean().default(true),
    })
    .prefault({}),
  turn: z
    .strictObject({
      secret: z.string().min(8).optional().meta({ secret: true }),
      peers: z.strictObject({ allow: z.array(z.cidrv4()).default([]) }).prefault({}),
    })
    .prefault({}),
});

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parley-config-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function file(content: string): Promise<string> {
  const path = join(directory, 'parley.yaml');
  await writeFile(path, content);
  return path;
}

async function mistakes(content: string, environment: Record<string, string> = {}): Promise<string> {
  const error: unknown = await loadConfig(schema, { file: await file(content), environment }).catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof StartError)) throw new Error('no StartError', { cause: error });
  return error.message;
}

test('the environment wins over the file, the file over the defaults', async () => {
  const config = await loadConfig(schema, {
    file: await file('publicUrl: https://meet.example\nhttp:\n  port: 9000\n  trustedProxies: [10.0.0.1]\n'),
    environment: { PARLEY_HTTP_PORT: '9001', PARLEY_TURN_PEERS_ALLOW: '10.0.0.0/8, 192.168.1.0/24', PATH: '/bin' },
  });
  expect(config.publicUrl).toBe('https://meet.example');
  expect(config.http).toEqual({ port: 9001, trustedProxies: ['10.0.0.1'], isStrict: true });
  expect(config.turn.peers.allow).toEqual(['10.0.0.0/8', '192.168.1.0/24']);
});

test('a secret can come from a file', async () => {
  const path = join(directory, 'secret');
  await writeFile(path, 'correct horse\n');
  const config = await loadConfig(schema, { file: await file(''), environment: { PARLEY_TURN_SECRET_FILE: path } });
  expect(config.turn.secret).toBe('correct horse');
});

test('all mistakes come together, each with its place and meaning', async () => {
  const message = await mistakes('http:\n  prot: 1\npublicUrl: nonsense\n', {
    PARLEY_HTTP_PORT: '99999',
    PARLEY_HTTP_IS_STRICT: 'perhaps',
    PARLEY_TURN_PEERS_ALLOW: 'everybody',
    PARLEY_HTP_PORT: '1',
  });
  expect(message).toContain('6 mistakes');
  expect(message).toContain('"http.prot" is no setting of Parley. Did you mean "http.port"?');
  expect(message).toContain('parley.yaml: publicUrl: Invalid URL (Where browsers find us.)');
  expect(message).toMatch(/PARLEY_HTTP_PORT: .*65535.* \(TCP port\.\)/);
  expect(message).toMatch(/PARLEY_HTTP_IS_STRICT: /);
  expect(message).toMatch(/PARLEY_TURN_PEERS_ALLOW: /);
  expect(message).toContain('PARLEY_HTP_PORT is no setting of Parley. Did you mean PARLEY_HTTP_PORT?');
});

test('a file that is no YAML, or none at all, is named', async () => {
  expect(await mistakes('a: [')).toMatch(/parley\.yaml is not valid YAML/);
  expect(await mistakes('- a')).toMatch(/keys with values/);
  await expect(loadConfig(schema, { file: join(directory, 'absent.yaml'), environment: {} })).rejects.toThrow(
    /absent\.yaml cannot be read \(ENOENT\)/,
  );
});

test('two keys that share a variable are refused', () => {
  const clash = z.strictObject({ aB: z.string(), a: z.strictObject({ b: z.string() }) });
  expect(() => environmentVariables(clash)).toThrow(/PARLEY_A_B/);
});
