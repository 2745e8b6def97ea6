import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/wait.ts';
import { SERVER_CORE } from './turn-servers.ts';

export type SignallingServerKind = 'parley' | 'prosody';

export interface RunningSignalling {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** The version of Debian's Prosody, or undefined where it is not installed. */
export function prosodyVersion(): string | undefined {
  try {
    return execFileSync('dpkg-query', ['-W', '-f=${Version}', 'prosody'], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}

/** Starts a server on its core. Ours runs without bridge, so that nothing but signalling is measured; its focus counts. */
export async function startSignalling(kind: SignallingServerKind, port: number): Promise<RunningSignalling> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const command =
    kind === 'parley'
      ? [process.execPath, '--max-semi-space-size=4', join(import.meta.dirname, '../../main.ts'), 'signalling', 'focus']
      : ['prosody', '--config', join(import.meta.dirname, 'prosody.cfg.lua'), '-F'];
  const child = spawn('taskset', ['-c', String(SERVER_CORE), ...command], {
    cwd: folder,
    env: {
      ...process.env,
      ...(kind === 'parley' ? ours(port, folder) : { BENCH_PORT: String(port), BENCH_FOLDER: folder }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${kind} did not start`);
  const isThere = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`${kind} ended and printed:\n${output}`);
    try {
      return (await fetch(`http://localhost:${port}/xmpp-websocket`)).ok;
    } catch {
      return false; // does not listen yet
    }
  };
  await until(isThere, () => `${kind}, which printed:\n${output}`, { timeoutMs: 30_000 });
  return {
    pid,
    port,
    stop: async () => {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ours(port: number, folder: string): Record<string, string> {
  return { PARLEY_HTTP_PORT: String(port), PARLEY_ADMIN_PORT: '0', PARLEY_DATA_DIR: join(folder, 'data') };
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
