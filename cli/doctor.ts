import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '#runtime/config.ts';
import { deploymentOf } from '#runtime/deployment.ts';
import { StartError } from '#runtime/start-error.ts';
import { configSchema } from '../config.ts';
import { AdminClient, AdminClientError } from './admin-client.ts';
import { broken, note, type Check, type Finding, type Site } from './doctor/check.ts';
import { certificateCheck } from './doctor/checks/certificate.ts';
import { clockCheck } from './doctor/checks/clock.ts';
import { clientWellKnownCheck } from './doctor/checks/client-well-known.ts';
import { dialInCheck } from './doctor/checks/dial-in.ts';
import { elementWellKnownCheck } from './doctor/checks/element-well-known.ts';
import { embeddingCheck } from './doctor/checks/embedding.ts';
import { homeserversCheck } from './doctor/checks/homeservers.ts';
import { mediaCheck } from './doctor/checks/media.ts';
import { publicUrlCheck } from './doctor/checks/public-url.ts';
import { serverCheck } from './doctor/checks/server.ts';
import { telephoneCheck } from './doctor/checks/telephone.ts';
import { turnCheck } from './doctor/checks/turn.ts';
import { webSocketCheck } from './doctor/checks/websocket.ts';
import { widgetCheck } from './doctor/checks/widget.ts';

const USAGE = `Usage: npm run doctor -- [--config <file>] [--ca <file>]
Checks the installation that runs on this machine from end to end, and says what is broken and what to do.
  --ca <file>     a private authority (PEM) that signed the certificate of the public address
--json prints the findings as JSON.
`;

/** In the order in which one depends on the other. */
const CHECKS: readonly Check[] = [
  serverCheck,
  publicUrlCheck,
  certificateCheck,
  webSocketCheck,
  clockCheck,
  embeddingCheck,
  mediaCheck,
  turnCheck,
  telephoneCheck,
  dialInCheck,
  elementWellKnownCheck,
  clientWellKnownCheck,
  widgetCheck,
  homeserversCheck,
];

const MARKS = { well: '✓', note: '–', broken: '✗' } as const;

export interface DoctorContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Checked {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** `npm run doctor`. @returns the exit code: 1 where something is broken, 2 for what is not understood. */
export async function runDoctor(args: readonly string[], context: DoctorContext): Promise<number> {
  const line = readCommandLine(args);
  if (line === undefined) {
    context.errors.write(USAGE);
    return 2;
  }
  try {
    const checked = await examine(await siteOf(line, context));
    const isWell = checked.every(({ findings }) => findings.every(({ state }) => state !== 'broken'));
    context.output.write(line.isJson ? `${JSON.stringify(checked)}\n` : report(checked, isWell));
    return isWell ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    context.errors.write(`${error.message}\n`);
    return 1;
  }
}

/** What stands on something broken is not tried: it would only say the same in other words. */
async function examine(site: Site): Promise<Checked[]> {
  const checked: Checked[] = [];
  const isBroken = (check: Check): boolean =>
    checked.some(
      ({ check: name, findings }) => name === check.name && findings.some(({ state }) => state === 'broken'),
    );
  for (const check of CHECKS) {
    const ground = check.needs === 'server' ? serverCheck : check.needs === 'public-url' ? publicUrlCheck : undefined;
    const findings =
      ground !== undefined && isBroken(ground)
        ? [note(`not looked at: mend “${ground.name}” first`)]
        : await tried(check, site);
    checked.push({ check: check.name, findings });
  }
  return checked;
}

async function tried(check: Check, site: Site): Promise<readonly Finding[]> {
  try {
    return await check.run(site);
  } catch (error) {
    if (!(error instanceof AdminClientError)) throw error;
    return [
      broken(
        error.message.replaceAll('\n', ' '),
        'Run the doctor with the same version and configuration as the server.',
      ),
    ];
  }
}

async function siteOf({ configFile, caFile }: CommandLine, { environment, now }: DoctorContext): Promise<Site> {
  const file = configFile ?? environment['PARLEY_CONFIG'];
  const config = await loadConfig(configSchema, { file, environment });
  const { publicUrl, xmppDomain } = deploymentOf({
    publicUrl: config.publicUrl,
    xmppDomain: config.xmpp.domain,
    httpHost: config.http.host,
    isTls: config.tls.cert !== undefined,
    httpPort: config.http.port,
  });
  return {
    config,
    publicUrl: new URL(publicUrl),
    xmppDomain,
    admin: await adminOf(configFile, environment),
    ca: caFile === undefined ? undefined : await readCa(caFile),
    now,
  };
}

async function adminOf(
  configFile: string | undefined,
  environment: DoctorContext['environment'],
): Promise<AdminClient | undefined> {
  try {
    return await AdminClient.open({ configFile, environment });
  } catch (error) {
    if (error instanceof AdminClientError) return undefined;
    throw error;
  }
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new StartError(`The file ${path} of --ca cannot be read.`, { cause });
  }
}

function report(checked: readonly Checked[], isWell: boolean): string {
  const lines = checked.flatMap(({ check, findings }) =>
    findings.flatMap((finding) => [
      `${MARKS[finding.state]} ${check}: ${finding.what}`,
      ...(finding.state === 'broken' ? [`  → ${finding.remedy}`] : []),
    ]),
  );
  const count = checked.flatMap(({ findings }) => findings).filter(({ state }) => state === 'broken').length;
  const end = isWell ? 'All is well.' : `${count === 1 ? 'One thing is' : `${count} things are`} broken.`;
  return `${[...lines, '', end].join('\n')}\n`;
}

interface CommandLine {
  readonly configFile: string | undefined;
  readonly caFile: string | undefined;
  readonly isJson: boolean;
}

function readCommandLine(args: readonly string[]): CommandLine | undefined {
  const options = { config: { type: 'string' }, ca: { type: 'string' }, json: { type: 'boolean' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    return { configFile: values.config, caFile: values.ca, isJson: values.json === true };
  } catch {
    // It says what it did not understand; the usage says all there is.
    return undefined;
  }
}

if (import.meta.main) {
  const { stdout: output, stderr: errors, env: environment } = process;
  process.exitCode = await runDoctor(process.argv.slice(2), { output, errors, environment, now: () => Date.now() });
}
