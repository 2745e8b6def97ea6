/** `npm run bench -- signalling`: many people join at once, at our server and at Debian's Prosody. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { treeCpuTimeNs } from './process-usage.ts';
import type { ClientsResult, ClientsTask } from './signalling-clients.ts';
import { prosodyVersion, type SignallingServerKind, startSignalling } from './signalling-servers.ts';
import { median, percentile } from './statistics.ts';
import { GENERATOR_CORE } from './turn-servers.ts';

export interface SignallingBenchOptions {
  readonly runs: number;
}

export const SIGNALLING_DEFAULTS: SignallingBenchOptions = { runs: 3 };

const SCENARIOS = [
  { rooms: 1, clientsPerRoom: 50 },
  { rooms: 1, clientsPerRoom: 150 },
  { rooms: 1, clientsPerRoom: 300 },
  { rooms: 75, clientsPerRoom: 4 },
] as const;

/** What is compared; less is better everywhere. */
const FIGURES = [
  { key: 'totalMs', name: 'last self-presence', unit: 'ms', digits: 0 },
  { key: 'p95Ms', name: 'p95 of a join', unit: 'ms', digits: 0 },
  { key: 'kilobytes', name: 'kB per client (text, both ways)', unit: 'kB', digits: 1 },
  { key: 'cpuMs', name: 'CPU of the server per client', unit: 'ms', digits: 2 },
] as const;

type Measurement = Readonly<Record<(typeof FIGURES)[number]['key'] | 'jitsiKilobytes', number>>;

/**
 * Interleaves the servers, so that the machine's other work falls on both; each run has a fresh server, warmed up by fifty
 * other joins.
 * @returns whether ours is ahead on every figure.
 */
export async function benchSignalling({ runs }: SignallingBenchOptions): Promise<boolean> {
  const version = prosodyVersion();
  console.log(version === undefined ? 'prosody: not measured, it is not installed' : `prosody ${version}`);
  const kinds: SignallingServerKind[] = version === undefined ? ['parley'] : ['parley', 'prosody'];
  let isAhead = true;
  for (const scenario of SCENARIOS) {
    const { rooms, clientsPerRoom } = scenario;
    console.log(`\n${rooms * clientsPerRoom} clients into ${rooms} room(s) of ${clientsPerRoom}, ${runs} runs`);
    const measured = new Map<SignallingServerKind, Measurement[]>(kinds.map((kind) => [kind, []]));
    for (let round = 0; round < runs; round++) {
      for (const kind of kinds) measured.get(kind)?.push(await measure(kind, scenario));
    }
    isAhead = report(measured) && isAhead;
  }
  return isAhead;
}

async function measure(
  kind: SignallingServerKind,
  { rooms, clientsPerRoom }: (typeof SCENARIOS)[number],
): Promise<Measurement> {
  const server = await startSignalling(kind, 20_000 + Math.floor(Math.random() * 10_000));
  try {
    let before = 0;
    const task = { port: server.port, rooms, clientsPerRoom, hasFocus: kind === 'parley' };
    const { totalMs, joinsMs, bytes, jitsiBytes } = await runClients(task, () => {
      before = treeCpuTimeNs(server.pid);
    });
    const clients = rooms * clientsPerRoom;
    const cpuMs = (treeCpuTimeNs(server.pid) - before) / 1e6 / clients;
    const [kilobytes, jitsiKilobytes] = [bytes / 1e3 / clients, jitsiBytes / 1e3 / clients];
    return { totalMs, p95Ms: percentile(joinsMs, 0.95), kilobytes, jitsiKilobytes, cpuMs };
  } finally {
    await server.stop();
  }
}

/** Runs the clients on their core; `onBegin` when the server is warm. */
async function runClients(task: ClientsTask, onBegin: () => void): Promise<ClientsResult> {
  const script = join(import.meta.dirname, 'signalling-clients.ts');
  const child = spawn('taskset', ['-c', String(GENERATOR_CORE), process.execPath, script, JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let last = '';
  for await (const line of createInterface(child.stdout)) {
    last = line;
    if (line !== 'begin') continue;
    onBegin();
    child.stdin.write('go\n');
  }
  if (!last.startsWith('{')) throw new Error('the clients failed');
  return JSON.parse(last) as ClientsResult;
}

/** Medians with the lowest and highest run. */
function report(measured: ReadonlyMap<SignallingServerKind, readonly Measurement[]>): boolean {
  const medians = FIGURES.map(({ key, name, unit, digits }) => {
    const show = (value: number): string => value.toFixed(digits);
    const values = new Map([...measured].map(([kind, runs]) => [kind, runs.map((run) => run[key])]));
    const line = [...values].map(
      ([kind, list]) => `${kind} ${show(median(list))} ${unit} (${show(Math.min(...list))}–${show(Math.max(...list))})`,
    );
    console.log(`  ${name.padEnd(40)} ${line.join('   ')}`);
    return { name, parley: median(values.get('parley') ?? []), prosody: median(values.get('prosody') ?? []) };
  });
  const added = median((measured.get('parley') ?? []).map(({ jitsiKilobytes }) => jitsiKilobytes));
  console.log(`  not counted above: what Jitsi's protocol adds to ours, ${added.toFixed(1)} kB per client`);
  const behind = medians.filter(({ parley, prosody }) => parley > prosody).map(({ name }) => name);
  if (behind.length > 0) console.log(`  target missed: ${behind.join('; ')}`);
  return behind.length === 0;
}
