import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { StartError } from '#runtime/start-error.ts';
import { AdminClient, AdminClientError } from './admin-client.ts';

export interface AdminCommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
}

/** What somebody wrote after the command's word. */
export interface Arguments {
  readonly words: readonly string[];
  /** The value of an option, if it is given. */
  text(option: string): string | undefined;
  has(option: string): boolean;
}

/** What is printed, and whether the answer is a good one. */
export interface Outcome {
  readonly answer: unknown;
  readonly text: string;
  readonly isWell?: boolean;
}

export interface AdminCommand {
  /** How many words it takes. */
  readonly words: readonly [least: number, most: number];
  run(client: AdminClient, given: Arguments): Promise<Outcome>;
}

/** Commands that ask the server that runs on this machine; `--config` and `--json` belong to all of them. */
export interface AdminCommands {
  readonly usage: string;
  readonly options: Readonly<Record<string, 'string' | 'boolean'>>;
  readonly commands: Readonly<Record<string, AdminCommand>>;
}

/** @returns the exit code: 1 where the answer is a bad one or none, 2 for what is not understood. */
export async function runAdminCommand(
  { usage, options, commands }: AdminCommands,
  args: readonly string[],
  { environment, output, errors }: AdminCommandContext,
): Promise<number> {
  const line = readCommandLine(args, options);
  const command = line !== undefined && Object.hasOwn(commands, line.word) ? commands[line.word] : undefined;
  const [least, most] = command?.words ?? [0, 0];
  const count = line?.given.words.length ?? 0;
  if (line === undefined || command === undefined || count < least || count > most) {
    errors.write(usage);
    return 2;
  }
  try {
    const client = await AdminClient.open({ configFile: line.given.text('config'), environment });
    const { answer, text, isWell = true } = await command.run(client, line.given);
    output.write(`${line.given.has('json') ? JSON.stringify(answer) : text}\n`);
    return isWell ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StartError || error instanceof AdminClientError)) throw error;
    errors.write(`${error.message}\n`);
    return 1;
  }
}

interface CommandLine {
  readonly word: string;
  readonly given: Arguments;
}

function readCommandLine(args: readonly string[], options: AdminCommands['options']): CommandLine | undefined {
  const known: ParseArgsOptionsConfig = { config: { type: 'string' }, json: { type: 'boolean' } };
  for (const [name, type] of Object.entries(options)) known[name] = { type };
  try {
    const { positionals, values } = parseArgs({ args: [...args], options: known, allowPositionals: true });
    const [word, ...words] = positionals;
    if (word === undefined) return undefined;
    const text = (option: string): string | undefined => {
      const value = values[option];
      return typeof value === 'string' ? value : undefined;
    };
    return { word, given: { words, text, has: (option) => values[option] === true } };
  } catch {
    // It says what it did not understand; the usage says all there is.
    return undefined;
  }
}
