import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './program.ts';

export interface SippOptions {
  /** Where the gateway listens on the loopback address. */
  readonly port: number;
  /** A scenario in sipp's XML, or the name of one it has. */
  readonly scenario: string;
  readonly calls: number;
  readonly atOnce?: number;
  readonly perSecond?: number;
  readonly callMs?: number;
  readonly transport?: 'udp' | 'tcp';
  readonly user?: string;
  /** Of the messages in both directions that get lost on the way. */
  readonly lossPercent?: number;
}

/** Whether there is a sipp to be had. */
export function isSippInstalled(): boolean {
  return programPath('sipp') !== undefined;
}

/** Plays a scenario so many times. @throws Error with what sipp says when a call did not go as written */
export async function runSipp(options: SippOptions): Promise<void> {
  const {
    port,
    scenario,
    calls,
    atOnce = 1,
    perSecond = 10,
    callMs = 0,
    transport = 'udp',
    user = '5551000',
    lossPercent,
  } = options;
  const folder = mkdtempSync(join(tmpdir(), 'parley-sipp-'));
  const isXml = scenario.trimStart().startsWith('<');
  const file = join(folder, 'scenario.xml');
  if (isXml) writeFileSync(file, scenario);
  const args = [
    `127.0.0.1:${port}`,
    ...(isXml ? ['-sf', file] : ['-sn', scenario]),
    ...['-s', user, '-i', '127.0.0.1', '-mi', '127.0.0.1', '-m', String(calls), '-l', String(atOnce)],
    ...['-r', String(perSecond), '-d', String(callMs), '-timeout', '90', '-timeout_error', '-trace_err', '-nostdin'],
    ...['-t', transport === 'tcp' ? 't1' : 'u1'],
    ...(lossPercent === undefined ? [] : ['-lost', String(lossPercent)]),
  ];
  try {
    const child = spawn(programPath('sipp') ?? 'sipp', args, { cwd: folder, stdio: 'ignore' });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    });
    if (code !== 0) throw new Error(`sipp ended with ${code}:\n${errorsIn(folder)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function errorsIn(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith('_errors.log'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
    .slice(0, 4_000);
}
