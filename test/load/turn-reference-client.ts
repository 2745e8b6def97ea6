/** coturn's own client as a generator of load (turn.md §10.2). */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BENCH_USER, cpuTimeUs, GENERATOR_CORE, type RunningServer } from './turn-servers.ts';

const CLIENTS = 20;
const MESSAGES = 2000;
const INTERVAL_MS = 2;
const PAYLOAD_BYTES = 172;
const TIMEOUT_MS = 60_000;

export interface ReferenceMeasurement {
  /** CPU microseconds of the server per message that came back. */
  readonly cpuUs: number;
  readonly sent: number;
  readonly received: number;
}

/** Lets clients send to each other through the server and counts what comes back; nothing has come when the client fails. */
export async function measureReferenceClient({ pid, port }: RunningServer): Promise<ReferenceMeasurement> {
  const load = ['-m', CLIENTS, '-n', MESSAGES, '-z', INTERVAL_MS, '-l', PAYLOAD_BYTES];
  const args = [
    '-c',
    GENERATOR_CORE,
    'turnutils_uclient',
    '-y',
    '-c',
    '-u',
    BENCH_USER.username,
    '-w',
    BENCH_USER.password,
  ];
  const before = cpuTimeUs(pid);
  const output = await promisify(execFile)('taskset', [...args, '-p', port, ...load, '127.0.0.1'].map(String), {
    timeout: TIMEOUT_MS,
    maxBuffer: 1 << 26,
  }).then(
    ({ stdout, stderr }) => stdout + stderr,
    // A server that this client cannot use is measured as one that delivers nothing.
    (error: { stdout?: string; stderr?: string }) => (error.stdout ?? '') + (error.stderr ?? ''),
  );
  const after = cpuTimeUs(pid);
  const totals = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/gu)].at(-1);
  const [sent, received] = [Number(totals?.[1] ?? 0), Number(totals?.[2] ?? 0)];
  const cpuUs = (after.user + after.system - before.user - before.system) / Math.max(1, received);
  return { cpuUs, sent, received };
}
