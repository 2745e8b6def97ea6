import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from '#runtime/database.ts';
import { SqliteAccounts } from '../signalling/identity/accounts/sqlite-accounts.ts';
import { runUserCommand } from './user.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parley-user-'));
});
afterEach(() => rm(directory, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the command with this input; a terminal gets its lines one by one, as they are asked for. */
async function user(args: readonly string[], input = '', isTTY = false): Promise<Outcome> {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  const errors = new PassThrough();
  const lines = input.split('\n');
  if (isTTY) {
    output.on('data', (chunk: Buffer) => {
      if (chunk.toString().endsWith(': ')) stdin.write(`${lines.shift()}\n`);
    });
  } else stdin.end(input);
  const shown = text(output);
  const code = await runUserCommand(args, {
    input: stdin,
    output,
    errors,
    environment: { PARLEY_DATA_DIR: join(directory, 'data') },
  });
  output.end();
  errors.end();
  return { code, output: await shown, errors: await text(errors) };
}

async function hasPassword(name: string, password: string): Promise<boolean> {
  const database = Database.open(join(directory, 'data'));
  try {
    return await new SqliteAccounts(database).checkPassword(name, password);
  } finally {
    database.close();
  }
}

test('an account is added, listed, given another password and removed', async () => {
  expect(await user(['add', 'Ann'], 'correct horse\n')).toMatchObject({ code: 0, output: 'Added ann.\n' });
  expect(await hasPassword('ann', 'correct horse')).toBe(true);
  expect((await user(['list'])).output).toBe('ann\n');
  expect((await user(['passwd', 'ann'], 'battery staple')).code).toBe(0);
  expect(await hasPassword('ann', 'battery staple')).toBe(true);
  expect((await user(['remove', 'ann'])).output).toBe('Removed ann.\n');
  expect((await user(['list'])).output).toBe('');
});

test('at a terminal the password is asked for twice, and never shown', async () => {
  const { code, output } = await user(['add', 'ann'], 'secret\nsecret', true);
  expect(code).toBe(0);
  expect(output).toBe('Password: \nOnce more: \nAdded ann.\n');
  expect(await hasPassword('ann', 'secret')).toBe(true);
  const mistyped = await user(['add', 'bob'], 'secret\nsecrte', true);
  expect(mistyped).toMatchObject({ code: 1, errors: 'These are two passwords.\n' });
});

test.each<[string, readonly string[], string]>([
  ['a password as argument', ['add', 'ann', 'secret'], 'secret'],
  ['a password as option', ['add', 'ann', '--password', 'secret'], 'secret'],
  ['no name', ['add'], ''],
  ['a name where none belongs', ['list', 'ann'], ''],
  ['no command', [], ''],
  ['another command', ['delete', 'ann'], ''],
])('%s shows the usage and changes nothing', async (_what, args, input) => {
  const { code, errors } = await user(args, input);
  expect(code).toBe(2);
  expect(errors).toMatch(/^Usage: npm run user/);
  expect((await user(['list'])).output).toBe('');
});

test.each<[string, readonly string[], string, RegExp]>([
  ['an empty password', ['add', 'ann'], '\n', /^The password is empty/],
  ['a whole file as password', ['add', 'ann'], 'x'.repeat(2_000), /^The password is longer/],
  ['a name that is none', ['add', 'a b'], 'secret', /^A name consists of/],
  ['a name of the server', ['add', 'focus'], 'secret', /^A name consists of/],
  ['an account that is missing', ['passwd', 'bob'], 'secret', /^There is no account bob/],
  ['an account that is missing already', ['remove', 'bob'], '', /^There is no account bob/],
  ['a configuration that is missing', ['--config', 'missing.yaml', 'list'], '', /missing\.yaml cannot be read/],
])('%s is told', async (_what, args, input, message) => {
  const { code, errors } = await user(args, input);
  expect(code).toBe(1);
  expect(errors).toMatch(message);
});

test('an account that exists keeps its password', async () => {
  await user(['add', 'ann'], 'first');
  expect(await user(['add', 'ann'], 'second')).toMatchObject({ code: 1 });
  expect(await hasPassword('ann', 'first')).toBe(true);
});
