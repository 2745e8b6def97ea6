import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartError } from '#runtime/start-error.ts';
import { sipConfig } from './config.ts';
import { withPasswords } from './trunk-passwords.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-trunks-'));
const trunksOf = (...trunks: object[]) => sipConfig.parse({ trunks }).trunks;

test('a trunk’s password is read from its file, without the newline', async () => {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 's3cret\n');
  const trunks = trunksOf({ name: 'a', passwordFile }, { name: 'b', password: 'own' });
  expect((await withPasswords(trunks)).map(({ password }) => password)).toEqual(['s3cret', 'own']);
});

test('a file that is missing is named with the trunk that asks for it', async () => {
  const reading = withPasswords(trunksOf({ name: 'a', passwordFile: join(folder, 'none') }));
  await expect(reading).rejects.toThrow(StartError);
  await expect(reading).rejects.toThrow(/none cannot be read \(ENOENT\). Check passwordFile of a in sip.trunks/);
});

test('password and passwordFile together are a mistake', () => {
  const result = sipConfig.safeParse({ trunks: [{ name: 'a', password: 'x', passwordFile: 'y' }] });
  expect(result.error?.issues[0]?.message).toBe('set only one of password and passwordFile');
});
