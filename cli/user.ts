import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '#runtime/config.ts';
import { Database } from '#runtime/database.ts';
import { StartError } from '#runtime/start-error.ts';
import { configSchema } from '../config.ts';
import { accountName } from '../signalling/identity/accounts/account-source.ts';
import { SqliteAccounts } from '../signalling/identity/accounts/sqlite-accounts.ts';
import { PasswordError, readNewPassword, type Terminal } from './password-prompt.ts';

const USAGE = `Usage: npm run user -- [--config <file>] <command>
  add <name>      make an account; asks for its password, or reads it from the input
  passwd <name>   give it another password
  remove <name>   remove it
  list            names of all accounts
`;

export interface UserCommandContext extends Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly errors: NodeJS.WritableStream;
}

/** `npm run user`: the accounts of this installation, also while the server runs. @returns the exit code. */
export async function runUserCommand(args: readonly string[], context: UserCommandContext): Promise<number> {
  try {
    return await run(args, context);
  } catch (error) {
    if (!(error instanceof StartError || error instanceof PasswordError)) throw error;
    context.errors.write(`${error.message}\n`);
    return 1;
  }
}

async function run(args: readonly string[], context: UserCommandContext): Promise<number> {
  const commandLine = readCommandLine(args);
  if (commandLine === undefined) {
    context.errors.write(USAGE);
    return 2;
  }
  const { command, name, configFile } = commandLine;
  const username = name === undefined ? undefined : accountName(name);
  if (name !== undefined && username === undefined) {
    context.errors.write('A name consists of up to 64 letters, digits and . _ + -; “focus” and “sip” are taken.\n');
    return 1;
  }
  const file = configFile ?? context.environment['PARLEY_CONFIG'];
  const { dataDir } = await loadConfig(configSchema, { file, environment: context.environment });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const database = Database.open(dataDir);
  try {
    return await carryOut(command, username ?? '', new SqliteAccounts(database), context);
  } finally {
    database.close();
  }
}

const COMMANDS = ['add', 'passwd', 'remove', 'list'] as const;
type Command = (typeof COMMANDS)[number];

interface CommandLine {
  readonly command: Command;
  readonly name: string | undefined;
  readonly configFile: string | undefined;
}

/** A password is no argument: other users of the machine see those. */
function readCommandLine(args: readonly string[]): CommandLine | undefined {
  let parsed: { positionals: string[]; values: { config?: string | undefined } };
  try {
    parsed = parseArgs({ args: [...args], options: { config: { type: 'string' } }, allowPositionals: true });
  } catch {
    // It says what it did not understand; the usage says all there is.
    return undefined;
  }
  const [word, name, ...more] = parsed.positionals;
  const command = COMMANDS.find((one) => one === word);
  if (command === undefined || more.length > 0 || (command === 'list') !== (name === undefined)) return undefined;
  return { command, name, configFile: parsed.values.config };
}

async function carryOut(
  command: Command,
  username: string,
  accounts: SqliteAccounts,
  context: UserCommandContext,
): Promise<number> {
  const say = (text: string): number => {
    context.output.write(`${text}\n`);
    return 0;
  };
  const fail = (text: string): number => {
    context.errors.write(`${text}\n`);
    return 1;
  };
  switch (command) {
    case 'list':
      for (const account of accounts.list()) say(account.username);
      return 0;
    case 'remove':
      return accounts.remove(username) ? say(`Removed ${username}.`) : fail(`There is no account ${username}.`);
    case 'add':
      if (accounts.has(username)) return fail(`There is an account ${username} already; passwd changes its password.`);
      return (await accounts.add(username, await readNewPassword(context)))
        ? say(`Added ${username}.`)
        : fail(`There is an account ${username} already.`);
    case 'passwd':
      if (!accounts.has(username)) return fail(`There is no account ${username}.`);
      await accounts.setPassword(username, await readNewPassword(context));
      return say(`${username} has another password now.`);
  }
}

if (import.meta.main) {
  const { stdin: input, stdout: output, stderr: errors } = process;
  process.exitCode = await runUserCommand(process.argv.slice(2), { input, output, errors, environment: process.env });
}
