import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSecrets } from './secrets.ts';

let parent: string;
let directory: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'parley-secrets-'));
  directory = join(parent, 'data');
});
afterEach(() => rm(parent, { recursive: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test('the first start makes different secrets that only this user can read; the next one reads them', async () => {
  const secrets = await loadSecrets(directory);
  expect(await modeOf(directory)).toBe(0o700);
  expect(await modeOf(join(directory, 'secrets.json'))).toBe(0o600);
  expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length);
  expect(await loadSecrets(directory)).toEqual(secrets);
});

test('a widened mode is narrowed again, and secrets of a newer version are added to the old ones', async () => {
  const { turnSecret } = await loadSecrets(directory);
  const path = join(directory, 'secrets.json');
  await writeFile(path, JSON.stringify({ turnSecret }));
  await chmod(path, 0o644);
  const secrets = await loadSecrets(directory);
  expect(secrets.turnSecret).toBe(turnSecret);
  expect(secrets.adminToken.length).toBeGreaterThanOrEqual(32);
  expect(await modeOf(path)).toBe(0o600);
});

test('a file that cannot be used is named and left as it is', async () => {
  await loadSecrets(directory);
  const path = join(directory, 'secrets.json');
  await writeFile(path, '{"turnSecret":"short"}');
  await expect(loadSecrets(directory)).rejects.toThrow(/turnSecret/);
  await writeFile(path, 'not json');
  await expect(loadSecrets(directory)).rejects.toThrow(/is not a JSON object/);
  expect(await readFile(path, 'utf8')).toBe('not json');
});

test('a data directory that cannot be made is named with the remedy', async () => {
  await writeFile(directory, 'a file in the way');
  await expect(loadSecrets(join(directory, 'below'))).rejects.toThrow(/PARLEY_DATA_DIR/);
});
