import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadConfig } from '#runtime/config.ts';
import { deploymentOf } from '#runtime/deployment.ts';
import { StartError } from '#runtime/start-error.ts';
import { configSchema, type Config } from '../config.ts';
import { matrixSnippets, type Snippet, type SnippetFacts } from './matrix/snippets.ts';

const USAGE = `Usage: npm run matrix -- [--config <file>] snippets [--secret]
  snippets        all that has to be pasted into Element, homeserver and integration manager
  --secret        with the relay's secret in it; anybody who reads it can relay through this server
--json prints the answer as JSON.
`;

const HIDDEN_SECRET = '<turn.secret, or turnSecret in secrets.json; --secret prints it>';
const secretsFile = z.object({ turnSecret: z.string() });

export interface MatrixCommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
}

/** `npm run matrix`: for the administrators of Matrix installations; needs no running server. @returns the exit code. */
export async function runMatrixCommand(args: readonly string[], context: MatrixCommandContext): Promise<number> {
  const line = readCommandLine(args);
  if (line === undefined) {
    context.errors.write(USAGE);
    return 2;
  }
  try {
    const file = line.configFile ?? context.environment['PARLEY_CONFIG'];
    const config = await loadConfig(configSchema, { file, environment: context.environment });
    const snippets = matrixSnippets(await factsOf(config, line.isSecretWanted));
    context.output.write(line.isJson ? `${JSON.stringify(snippets)}\n` : snippets.map(printed).join('\n'));
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    context.errors.write(`${error.message}\n`);
    return 1;
  }
}

async function factsOf(config: Config, isSecretWanted: boolean): Promise<SnippetFacts> {
  const isTls = config.tls.cert !== undefined;
  const { publicUrl } = deploymentOf({
    publicUrl: config.publicUrl,
    xmppDomain: config.xmpp.domain,
    httpHost: config.http.host,
    isTls,
    httpPort: config.http.port,
  });
  if (!publicUrl.startsWith('https:')) {
    throw new StartError(
      'Matrix clients come by https only: set publicUrl (PARLEY_PUBLIC_URL) to this server’s https address.',
    );
  }
  const { turn, matrix } = config;
  const secret = isSecretWanted ? (turn.secret ?? (await generatedSecret(config.dataDir))) : HIDDEN_SECRET;
  return {
    publicUrl,
    widget:
      matrix.widgetUrl === undefined
        ? undefined
        : { url: matrix.widgetUrl.replace(/\/$/, ''), name: matrix.widgetName },
    homeservers: matrix.homeservers.map(({ serverName }) => serverName),
    turn: turn.enabled
      ? {
          host: new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''),
          port: turn.port,
          tlsPort: isTls ? turn.tlsPort : undefined,
          secret,
        }
      : undefined,
  };
}

async function generatedSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secrets.json');
  try {
    return secretsFile.parse(JSON.parse(await readFile(path, 'utf8'))).turnSecret;
  } catch (cause) {
    throw new StartError(
      `The relay's secret cannot be read from ${path}. Run this as the server’s user, in its working directory; the file is made when the server first starts.`,
      { cause },
    );
  }
}

function printed({ title, where, text }: Snippet): string {
  return `── ${title}\n   ${where}\n\n${text}\n`;
}

interface CommandLine {
  readonly configFile: string | undefined;
  readonly isSecretWanted: boolean;
  readonly isJson: boolean;
}

function readCommandLine(args: readonly string[]): CommandLine | undefined {
  const options = { config: { type: 'string' }, secret: { type: 'boolean' }, json: { type: 'boolean' } } as const;
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length !== 1 || positionals[0] !== 'snippets') return undefined;
    return { configFile: values.config, isSecretWanted: values.secret === true, isJson: values.json === true };
  } catch {
    // It says what it did not understand; the usage says all there is.
    return undefined;
  }
}

if (import.meta.main) {
  const { stdout: output, stderr: errors } = process;
  process.exitCode = await runMatrixCommand(process.argv.slice(2), { output, errors, environment: process.env });
}
