import { expect, test } from 'vitest';
import { Database } from '#runtime/database.ts';
import { accountName } from './account-source.ts';
import { SqliteAccounts } from './sqlite-accounts.ts';

const accounts = (): SqliteAccounts => new SqliteAccounts(Database.open(':memory:'));

test('an account is made once, its password changed, and removed', async () => {
  const store = accounts();
  expect(await store.add('ann', 'one')).toBe(true);
  expect(await store.add('ann', 'two')).toBe(false);
  expect(await store.checkPassword('ann', 'one')).toBe(true);
  expect(await store.setPassword('ann', 'three')).toBe(true);
  expect(await store.checkPassword('ann', 'one')).toBe(false);
  expect(await store.checkPassword('ann', 'three')).toBe(true);
  expect(store.list()).toMatchObject([{ username: 'ann' }]);
  expect(store.remove('ann')).toBe(true);
  expect(store.remove('ann')).toBe(false);
  expect(store.list()).toEqual([]);
  expect(await store.checkPassword('ann', 'three')).toBe(false);
  expect(await store.scramCredentials('ann', 'sha1')).toBeUndefined();
});

test('what does not exist has no password', async () => {
  const store = accounts();
  expect(await store.setPassword('bob', 'x')).toBe(false);
  expect(await store.checkPassword('bob', 'x')).toBe(false);
  expect(await store.scramCredentials('bob', 'sha256')).toBeUndefined();
});

test('the same password looks different for two people', async () => {
  const store = accounts();
  await store.add('ann', 'same');
  await store.add('bob', 'same');
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((name) => store.scramCredentials(name, 'sha256')));
  expect(ann?.storedKey).not.toEqual(bob?.storedKey);
});

test.each([
  ['Ann', 'ann'],
  ['ann.b+c_d-e', 'ann.b+c_d-e'],
  ['Ελλάδα', 'ελλάδα'],
])('%s can be called %s', (text, name) => {
  expect(accountName(text)).toBe(name);
});

test.each(['', 'focus', 'FOCUS', 'sip', 'a b', 'a@b', 'a/b', "a'b", 'a%b', 'a'.repeat(65), '\u0000'])(
  'nobody can be called “%s”',
  (text) => {
    expect(accountName(text)).toBeUndefined();
  },
);
