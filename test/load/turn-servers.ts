import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const BENCH_USER = { username: 'user', password: 'pass', realm: 'bench' } as const;

/** Who is measured. `bare` relays but speaks no TURN. */
export type ServerKind = 'native' | 'dgram' | 'coturn' | 'turn-server' | 'bare';

const TURN_SERVER_VERSION = '0.6.6';
const START_TIMEOUT_MS = 20_000;
/** The server has this core for itself, as far as the machine lets it; the generator has another. */
export const SERVER_CORE = 0;
export const GENERATOR_CORE = 1;

export interface RunningServer {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

function script(name: string): string {
  return join(import.meta.dirname, name);
}

function commandOf(kind: ServerKind, port: number): string[] {
  switch (kind) {
    case 'native':
    case 'dgram':
      return [process.execPath, script('turn-own-server.ts'), kind, String(port)];
    case 'bare':
      return [process.execPath, script('turn-bare-forwarder.ts'), String(port)];
    case 'turn-server':
      return [process.execPath, script('turn-package-server.mjs'), packageFolder(), String(port)];
    case 'coturn':
      return [
        'turnserver', '-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', '-p', String(port), '-m', '1',
        '--min-port=50000', '--max-port=59999', '--lt-cred-mech', '-u', 'user:pass', '-r', 'bench',
        '--allow-loopback-peers', '--no-cli', '--no-tls', '--no-dtls', '--log-file=/dev/null', '--no-stdout-log',
        '--pidfile=/dev/null',
      ]; // prettier-ignore
  }
}

/** The package compared with, installed once into the cache and not into this project. */
function packageFolder(): string {
  const cache = process.env['PARLEY_CACHE_DIR'] ?? join(homedir(), '.cache/parley');
  const folder = join(cache, `bench-turn-server-${TURN_SERVER_VERSION}`);
  if (!existsSync(join(folder, 'node_modules/turn-server'))) {
    mkdirSync(folder, { recursive: true });
    const options = [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--ignore-scripts',
      `turn-server@${TURN_SERVER_VERSION}`,
    ];
    execFileSync('npm', options, { stdio: 'ignore' });
  }
  return folder;
}

/** Why a server cannot be measured here, or undefined. */
export function cannotRunBecause(kind: ServerKind): string | undefined {
  try {
    if (kind === 'coturn') execFileSync('turnserver', ['--version'], { stdio: 'ignore' });
    if (kind === 'turn-server') packageFolder();
    return undefined;
  } catch {
    return kind === 'coturn' ? 'turnserver is not installed' : 'the package could not be installed';
  }
}

/** Starts a server on its core. It is known to be ready by its word, or for coturn by its socket. */
export async function startServer(kind: ServerKind, port: number): Promise<RunningServer> {
  const child = spawn('taskset', ['-c', String(SERVER_CORE), ...commandOf(kind, port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${kind} did not start`);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const isReady = (): boolean => (kind === 'coturn' ? hasUdpPort(port) : output.includes('ready'));
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (!isReady()) {
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error(`${kind} did not become ready`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    pid,
    port,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

function hasUdpPort(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/udp', 'utf8').includes(local);
}

/** Datagrams that the kernel threw away since a process had no room left in the receive buffers of its sockets. */
export function receiveOverflows(pid: number): number {
  const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    return target.match(/^socket:\[(\d+)\]$/u)?.[1] ?? [];
  });
  const own = new Set(sockets);
  const lines = ['udp', 'udp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1));
  // The tenth field of a line is the socket's inode, the last one what was thrown away (proc_net_udp of the kernel).
  const fields = lines.map((line) => line.trim().split(/\s+/u)).filter((line) => own.has(line[9] ?? ''));
  return fields.reduce((sum, line) => sum + Number(line.at(-1)), 0);
}

/** Resident memory of a process. */
export function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/mu)?.[1]) * 1024;
}

/** Processor time of a process in microseconds, in user mode and in the kernel. */
export function cpuTimeUs(pid: number): { user: number; system: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // Fields 14 and 15 of proc(5), in ticks of 10 ms; the two before the state are cut off.
  return { user: Number(fields[11]) * 10_000, system: Number(fields[12]) * 10_000 };
}
