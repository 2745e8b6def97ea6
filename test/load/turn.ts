/** `npm run bench -- turn`: the relay against coturn, the turn-server package and a bare forwarder (turn.md §10). */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { median } from './statistics.ts';
import type { GeneratorResult, GeneratorTask } from './turn-generator.ts';
import { measureReferenceClient } from './turn-reference-client.ts';
import {
  cannotRunBecause,
  cpuTimeUs,
  GENERATOR_CORE,
  receiveOverflows,
  residentBytes,
  type RunningServer,
  type ServerKind,
  startServer,
} from './turn-servers.ts';

interface TurnBenchOptions {
  runs: number;
  seconds: number;
}

export const TURN_DEFAULTS: TurnBenchOptions = { runs: 3, seconds: 2 };

const IDLE_SESSIONS = 2000;
/** How long opening them may take. */
const IDLE_SECONDS = 30;

type Scenario = Pick<GeneratorTask, 'direction' | 'sessions' | 'burst' | 'payloadBytes' | 'packetsPerSecond'> & {
  name: string;
};

const SATURATING = 400_000;

const SCENARIOS: readonly Scenario[] = [
  { name: '8 x bursts of 8 x 200 B, up', direction: 'up', sessions: 8, burst: 8, payloadBytes: 200, packetsPerSecond: SATURATING },
  { name: '8 x bursts of 8 x 200 B, down', direction: 'down', sessions: 8, burst: 8, payloadBytes: 200, packetsPerSecond: SATURATING },
  { name: '64 x single 200 B, up', direction: 'up', sessions: 64, burst: 1, payloadBytes: 200, packetsPerSecond: 250_000 },
  { name: '64 x single 200 B, down', direction: 'down', sessions: 64, burst: 1, payloadBytes: 200, packetsPerSecond: 250_000 },
  { name: '1100 B at 100k, up', direction: 'up', sessions: 8, burst: 8, payloadBytes: 1100, packetsPerSecond: 100_000 },
  { name: '1100 B at 100k, down', direction: 'down', sessions: 8, burst: 8, payloadBytes: 1100, packetsPerSecond: 100_000 },
  { name: '200 B at 10k, up (latency)', direction: 'up', sessions: 8, burst: 1, payloadBytes: 200, packetsPerSecond: 10_000 },
  { name: 'Binding', direction: 'binding', sessions: 8, burst: 8, payloadBytes: 20, packetsPerSecond: 250_000 },
]; // prettier-ignore

const KINDS: readonly ServerKind[] = ['native', 'dgram', 'coturn', 'turn-server', 'bare'];

interface Measurement extends GeneratorResult {
  userUs: number;
  systemUs: number;
  cpuUs: number;
  loss: number;
  /** Of what was lost, what the server was too slow to read. */
  serverOverflows: number;
}

async function withServer<Result>(
  kind: ServerKind,
  measureIt: (server: RunningServer) => Promise<Result>,
): Promise<Result> {
  const server = await startServer(kind, 20_000 + Math.floor(Math.random() * 10_000));
  try {
    return await measureIt(server);
  } finally {
    await server.stop();
  }
}

function measure(kind: ServerKind, scenario: Scenario, seconds: number): Promise<Measurement> {
  return withServer(kind, async (server) => {
    const { name: _name, ...load } = scenario;
    const task: GeneratorTask = { ...load, port: server.port, speaksTurn: kind !== 'bare', seconds };
    let before = cpuTimeUs(server.pid);
    let overflowsBefore = 0;
    const result = await generate(task, () => {
      before = cpuTimeUs(server.pid);
      overflowsBefore = receiveOverflows(server.pid);
    });
    const after = cpuTimeUs(server.pid);
    const serverOverflows = receiveOverflows(server.pid) - overflowsBefore;
    const packets = Math.max(1, result.delivered);
    const userUs = (after.user - before.user) / packets;
    const systemUs = (after.system - before.system) / packets;
    const loss = 1 - result.delivered / result.sent;
    return { ...result, userUs, systemUs, cpuUs: userUs + systemUs, loss, serverOverflows };
  });
}

/** Bytes of resident memory that an allocation with one channel costs while it does nothing. */
function idleAllocationBytes(kind: ServerKind): Promise<number> {
  return withServer(kind, async (server) => {
    const load = { burst: 1, payloadBytes: 0, packetsPerSecond: 0, seconds: IDLE_SECONDS, sessions: IDLE_SESSIONS };
    let before = 0;
    await generate({ ...load, direction: 'idle', port: server.port, speaksTurn: true }, () => {
      before = residentBytes(server.pid);
    });
    return (residentBytes(server.pid) - before) / IDLE_SESSIONS;
  });
}

/** Runs the generator on its core; `onBegin` when its warm-up is over. */
async function generate(task: GeneratorTask, onBegin: () => void): Promise<GeneratorResult> {
  const generator = join(import.meta.dirname, 'turn-generator.ts');
  const args = ['-c', String(GENERATOR_CORE), process.execPath, generator, JSON.stringify(task)];
  const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: (task.seconds + 20) * 1000 });
  let last = '';
  for await (const line of createInterface(child.stdout)) {
    if (line === 'begin') onBegin();
    last = line;
  }
  const { p50Us, p99Us, ...counts } = JSON.parse(last) as GeneratorResult;
  // Nothing arrived, so there is no latency: JSON has no NaN.
  return { ...counts, p50Us: p50Us ?? Number.NaN, p99Us: p99Us ?? Number.NaN };
}

interface Summary {
  cpuUs: number;
  p50Us: number;
}

/**
 * Interleaves the servers, so that the machine's other work falls on all of them, and prints every run and the medians.
 * @returns whether the gates of turn.md §10.1 are met.
 */
export async function benchTurn({ runs, seconds }: TurnBenchOptions): Promise<boolean> {
  const kinds = KINDS.filter((kind) => {
    const reason = cannotRunBecause(kind);
    if (reason !== undefined) console.log(`${kind}: not measured, ${reason}`);
    return reason === undefined;
  });
  let areGatesMet = true;
  for (const scenario of SCENARIOS) {
    console.log(`\n${scenario.name} (CPU µs of the server per delivered packet; ${runs} runs of ${seconds} s)`);
    const measured = new Map<ServerKind, Measurement[]>(kinds.map((kind) => [kind, []]));
    for (let round = 0; round < runs; round++) {
      for (const kind of kinds) {
        if (kind === 'bare' && scenario.direction === 'binding') continue;
        const measurement = await measure(kind, scenario, seconds);
        if (measurement.delivered > 0) measured.get(kind)?.push(measurement);
        console.log(`  ${kind.padEnd(12)} ${measurement.delivered > 0 ? describe(measurement) : 'delivers nothing'}`);
      }
    }
    areGatesMet = report(scenario, measured) && areGatesMet;
  }
  areGatesMet = (await benchReferenceClient(kinds, runs)) && areGatesMet;
  areGatesMet = (await benchHalfLoad(seconds)) && areGatesMet;
  await printIdleMemory(kinds);
  return areGatesMet;
}

/** Client to client by coturn's own client: two relay passes a message, which hairpin makes one. */
async function benchReferenceClient(kinds: readonly ServerKind[], runs: number): Promise<boolean> {
  console.log(`\nturnutils_uclient -y, client to client (CPU µs of the server per message; ${runs} runs)`);
  const costs = new Map<ServerKind, number[]>();
  for (let round = 0; round < runs; round++) {
    for (const kind of kinds) {
      if (kind === 'bare') continue;
      const { cpuUs, sent, received } = await withServer(kind, measureReferenceClient);
      console.log(`  ${kind.padEnd(12)} ${cpuUs.toFixed(2)}  received ${received} of ${sent}`);
      if (received > 0) costs.set(kind, [...(costs.get(kind) ?? []), cpuUs]);
    }
  }
  const medians = new Map([...costs].map(([kind, values]) => [kind, median(values)]));
  const coturn = medians.get('coturn') ?? Number.NaN;
  const line = [...medians].map(
    ([kind, cpuUs]) => `${kind} ${cpuUs.toFixed(2)} (${(cpuUs / coturn).toFixed(2)} x coturn)`,
  );
  console.log(`  medians: ${line.join('; ')}`);
  const native = medians.get('native');
  if (native === undefined || !(native > 0.9 * coturn)) return true;
  console.log('  gate missed: native must be at most 0.9 x coturn');
  return false;
}

/** What the relay can carry twice, it must carry once without loss. */
async function benchHalfLoad(seconds: number): Promise<boolean> {
  const [scenario] = SCENARIOS;
  if (scenario === undefined) return true;
  const saturated = await measure('native', scenario, seconds);
  const packetsPerSecond = Math.floor(saturated.delivered / seconds / 2);
  console.log(`\nnative at half of what it can deliver, ${packetsPerSecond} packets a second`);
  const half = await measure('native', { ...scenario, packetsPerSecond }, seconds);
  console.log(`  ${describe(half)}`);
  const { sent, delivered, serverOverflows, overflows } = half;
  console.log(
    `  of ${sent - delivered} lost, the relay was too slow to read ${serverOverflows} and the generator ${overflows}`,
  );
  // What the generator does not read is not the relay's loss.
  if (sent - delivered - overflows <= 0) return true;
  console.log('  gate missed: nothing must be lost');
  return false;
}

/** Garbage included, so this is a figure to look at; what stays is held to its gate by a test (turn/security.test.ts). */
async function printIdleMemory(kinds: readonly ServerKind[]): Promise<void> {
  console.log('\nresident memory by which an allocation with one channel makes the server grow');
  for (const kind of kinds) {
    if (kind === 'bare' || kind === 'turn-server') continue;
    console.log(`  ${kind.padEnd(12)} ${(await idleAllocationBytes(kind)).toFixed(0)} bytes`);
  }
}

function describe({ cpuUs, userUs, systemUs, delivered, loss, p50Us, p99Us }: Measurement): string {
  const cpu = `${cpuUs.toFixed(2)} (user ${userUs.toFixed(2)}, system ${systemUs.toFixed(2)})`;
  return `${cpu}  delivered ${delivered}, lost ${(loss * 100).toFixed(1)} %, p50 ${p50Us.toFixed(0)} µs, p99 ${p99Us.toFixed(0)} µs`;
}

/** The gates of turn.md §10.1: native no dearer than coturn, dgram at most 1.8 times coturn and 0.9 times the package. */
function report(scenario: Scenario, measured: ReadonlyMap<ServerKind, readonly Measurement[]>): boolean {
  const summaries = new Map<ServerKind, Summary>();
  for (const [kind, measurements] of measured) {
    if (measurements.length === 0) continue;
    summaries.set(kind, {
      cpuUs: median(measurements.map(({ cpuUs }) => cpuUs)),
      p50Us: median(measurements.map(({ p50Us }) => p50Us)),
    });
  }
  const coturn = summaries.get('coturn');
  const line = [...summaries].map(([kind, { cpuUs, p50Us }]) => {
    const ratio = coturn === undefined ? '' : ` (${(cpuUs / coturn.cpuUs).toFixed(2)} x coturn)`;
    return `${kind} ${cpuUs.toFixed(2)}${ratio}, p50 ${p50Us.toFixed(0)} µs`;
  });
  console.log(`  medians: ${line.join('; ')}`);
  const atMost = (kind: ServerKind, other: ServerKind, factor: number): boolean => {
    const [a, b] = [summaries.get(kind), summaries.get(other)];
    const isMet = a === undefined || b === undefined || a.cpuUs <= b.cpuUs * factor;
    if (!isMet) console.log(`  gate missed: ${kind} must be at most ${factor} x ${other}`);
    return isMet;
  };
  if (scenario.name.includes('latency')) {
    const [native, reference] = [summaries.get('native'), coturn];
    const isMet = native === undefined || reference === undefined || native.p50Us <= reference.p50Us * 1.1;
    if (!isMet) console.log('  gate missed: native adds at most 1.1 x the latency of coturn');
    return isMet;
  }
  return [atMost('native', 'coturn', 1), atMost('dgram', 'coturn', 1.8), atMost('dgram', 'turn-server', 0.9)].every(
    Boolean,
  );
}
