import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StartError } from '#runtime/start-error.ts';
import { TokenIssuer } from '../../../test/support/tokens/token-issuer.ts';
import { FileKeys } from './file-keys.ts';

const rsa = new TokenIssuer('RS256', 'rsa-1');
const ec = new TokenIssuer('ES256', 'ec-1');
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parley-keys-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function keysIn(content: string): Promise<FileKeys> {
  const path = join(directory, 'key');
  await writeFile(path, content);
  const keys = new FileKeys(path);
  await keys.start();
  return keys;
}

test('a key in PEM is every token’s, with the algorithm it is for', async () => {
  const keys = await keysIn(ec.pem);
  expect(keys.needsKid).toBe(false);
  expect((await keys.find(undefined, 'ES256'))?.equals(ec.publicKey)).toBe(true);
  expect(await keys.find('any', 'RS256')).toBeUndefined();
});

test('of a key set the named key is taken', async () => {
  const keys = await keysIn(JSON.stringify({ keys: [rsa.jwk, ec.jwk] }));
  expect(keys.needsKid).toBe(true);
  expect((await keys.find('rsa-1', 'RS256'))?.equals(rsa.publicKey)).toBe(true);
  expect(await keys.find('rsa-2', 'RS256')).toBeUndefined();
});

test.each(['', 'no key', '{"keys":1}'])('the server does not start with a file that contains “%s”', async (content) => {
  await expect(keysIn(content)).rejects.toThrow(StartError);
});

test('the server does not start without the file', async () => {
  await expect(new FileKeys(join(directory, 'missing')).start()).rejects.toThrow(/jwt\.keyFile/);
});
