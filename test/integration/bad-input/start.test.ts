import { execFile, execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../support/wait.ts';

/** `main.ts` as an operator starts it, where it cannot work: it says why and what to do, and ends. */

const root = join(import.meta.dirname, '../../..');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'parley-start-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Start {
  readonly environment?: Readonly<Record<string, string>>;
  /** Prepares a place and runs the command that it is given. */
  readonly inside?: (command: readonly string[]) => readonly string[];
}

interface Ended {
  readonly code: number | string | null | undefined;
  readonly output: string;
}

function start({ environment = {}, inside = (command) => command }: Start): {
  ended: Promise<Ended>;
  output(): string;
  stop(): void;
} {
  const [program = '', ...args] = inside([process.execPath, join(root, 'main.ts')]);
  let output = '';
  const { promise: ended, resolve } = Promise.withResolvers<Ended>();
  const child = execFile(
    program,
    args,
    {
      cwd: directory,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        NODE_COMPILE_CACHE: join(root, 'node_modules/.parley/compile-cache'),
        PARLEY_HTTP_PORT: '0',
        PARLEY_ADMIN_PORT: '0',
        PARLEY_MEDIA_PORT: '0',
        PARLEY_MEDIA_ADDRESS: '127.0.0.1',
        PARLEY_TURN_PORT: '0',
        PARLEY_DATA_DIR: join(directory, 'data'),
        PARLEY_LOG_LEVEL: 'warn',
        ...environment,
      },
    },
    (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
  );
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: string) => (output += text));
  return { ended, output: () => output, stop: () => child.kill() };
}

async function occupiedTcpPort(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function occupiedUdpPort(): Promise<{ readonly port: number; close(): void }> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

test.each([
  ['of the page', 'PARLEY_HTTP_PORT', occupiedTcpPort],
  ['of media over TCP', 'PARLEY_MEDIA_PORT', occupiedTcpPort],
  ['of media over UDP', 'PARLEY_MEDIA_PORT', occupiedUdpPort],
  ['of the relay', 'PARLEY_TURN_PORT', occupiedTcpPort],
  ['of the admin API', 'PARLEY_ADMIN_PORT', occupiedTcpPort],
])('a port %s that is in use ends the start and names %s', async (_what, variable, occupy) => {
  const occupied = await occupy();
  const { port } = occupied;
  try {
    const environment = { [variable]: String(port) };
    const { code, output } = await start({ environment }).ended;
    expect(output).toMatch(new RegExp(`Parley cannot start\\.\\n.*${port}.*${variable}`, 's'));
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  } finally {
    occupied.close();
  }
});

test('a certificate that cannot be read ends the start, named with its variable', async () => {
  const cert = join(directory, 'absent.crt');
  const { code, output } = await start({ environment: { PARLEY_TLS_CERT: cert, PARLEY_TLS_KEY: cert } }).ended;
  expect(output).toMatch(/Parley cannot start\.\n.*absent\.crt \(PARLEY_TLS_CERT\) cannot be read/s);
  expect(code).toBe(1);
});

test('a certificate that is none ends the start', async () => {
  const cert = join(directory, 'a.crt');
  writeFileSync(cert, 'no certificate');
  const { code, output } = await start({ environment: { PARLEY_TLS_CERT: cert, PARLEY_TLS_KEY: cert } }).ended;
  expect(output).toMatch(/Parley cannot start\.\n.*a\.crt.*holds no certificate/s);
  expect(code).toBe(1);
});

const obstacle = obstacleToNamespaces();
const unlessRoot = test.skipIf(obstacle !== undefined);
if (obstacle !== undefined) console.warn(`skipped: a full disk and no route (${obstacle})`);

unlessRoot('a full disk ends the start and says so', async () => {
  const data = join(directory, 'data');
  const script = `mkdir ${data} && mount -t tmpfs -o size=4k none ${data} && head -c 4096 /dev/zero > ${data}/full; exec "$@"`;
  const inside = (command: readonly string[]): string[] => ['unshare', '--mount', 'sh', '-c', script, 'sh', ...command];
  const { code, output } = await start({ inside }).ended;
  expect(output).toMatch(/Parley cannot start\.\n.*secrets\.json cannot be written \(ENOSPC\).*The disk is full/s);
  expect(code).toBe(1);
});

unlessRoot('no route to an announced address is a warning with the remedy, and the server starts', async () => {
  const inside = (command: readonly string[]): string[] => [
    'unshare',
    '--net',
    'sh',
    '-c',
    'ip link set lo up; exec "$@"',
    'sh',
    ...command,
  ];
  const server = start({ environment: { PARLEY_MEDIA_ADDRESS: '203.0.113.5' }, inside });
  try {
    await until(
      () => server.output().includes('Parley is ready'),
      () => `the server to start; it said:\n${server.output()}`,
      { timeoutMs: 25_000 },
    );
    expect(server.output()).toMatch(/"address":"203\.0\.113\.5".*no route.*PARLEY_MEDIA_ADDRESS/);
  } finally {
    server.stop();
  }
  expect((await server.ended).code).toBe(0);
});

function obstacleToNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may make namespaces';
  try {
    execFileSync('unshare', ['--net', '--mount', 'ip', 'link']);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
