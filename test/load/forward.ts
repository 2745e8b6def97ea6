/**
 * What forwarding costs: one publisher, many receivers with real ICE, DTLS and SRTP, processor time of the whole server per
 * packet that reached a receiver. Ours and bare mediasoup run side by side, each with a publisher and receivers of its
 * own, and every figure is a pair from the same moment: what the machine does besides meets both.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ParleyServer } from '../support/server.ts';
import { until } from '../support/wait.ts';
import { BareServer } from './bare-server.ts';
import { MediaProcesses } from './media-processes.ts';
import { cpuTimeNs, treeCpuTimeNs } from './process-usage.ts';
import { median, percentile } from './statistics.ts';

const BITRATE_BPS = 1_500_000;
/** Joins and the search for bandwidth cost too, but are not forwarding. Our bridge follows a newcomer closely for 5 s. */
const SETTLE_MS = 10_000;
/** A moment in which somebody received less than this share of what the others did is no picture of forwarding. */
const FULL_SHARE = 0.7;
const ATTEMPTS_PER_WINDOW = 15;
const TARGET_RATIO = 1.05;

export interface ForwardOptions {
  /** Pairs of servers, one after the other. */
  readonly runs: number;
  /** Sizes of the meeting, ascending. */
  readonly receivers: readonly number[];
  /** Moments per size and run. */
  readonly windows: number;
  readonly measureMs: number;
}

export const FORWARD_DEFAULTS: ForwardOptions = { runs: 5, receivers: [25, 50, 100], windows: 8, measureMs: 2_000 };

type Kind = 'parley' | 'bare';
const KINDS: readonly Kind[] = ['parley', 'bare'];

/** CPU µs per packet. */
interface Cost {
  readonly workers: number;
  readonly node: number;
}

type Pair = Readonly<Record<Kind, Cost>>;

interface RunningServer {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** One server with everybody who loads it. */
interface Side {
  readonly kind: Kind;
  readonly server: RunningServer;
  readonly media: MediaProcesses;
  present: number;
}

interface Sample {
  readonly treeNs: number;
  readonly nodeNs: number;
  readonly packets: readonly number[];
}

/** @returns whether our server stays within its target */
export async function benchForward(options: ForwardOptions): Promise<boolean> {
  const pairs = new Map<number, Pair[]>(options.receivers.map((size) => [size, []]));
  for (let run = 0; run < options.runs; run += 1) {
    // Whoever comes second meets a warmer machine, so they take turns at that.
    const kinds = run % 2 === 0 ? KINDS : KINDS.toReversed();
    for (const [size, measured] of await measure(kinds, options)) {
      pairs.get(size)?.push(...measured);
      console.log(`run ${run + 1}, ${size} receivers: ratio ${quartiles(measured.map(ratio), 3)}`);
    }
  }
  return report(pairs);
}

async function measure(kinds: readonly Kind[], options: ForwardOptions): Promise<ReadonlyMap<number, Pair[]>> {
  const sides: Side[] = [];
  try {
    for (const kind of kinds) sides.push(await start(kind));
    const pairs = new Map<number, Pair[]>();
    for (const size of options.receivers) {
      for (const side of sides) await grow(side, size);
      await delay(SETTLE_MS);
      const measured: Pair[] = [];
      while (measured.length < options.windows) measured.push(await undisturbedPair(sides, options.measureMs));
      pairs.set(size, measured);
    }
    return pairs;
  } finally {
    for (const { media, server } of sides) {
      await media.stop();
      await server.stop();
    }
  }
}

async function start(kind: Kind): Promise<Side> {
  const server: RunningServer =
    kind === 'parley' ? await ParleyServer.start({ logName: 'bench' }) : await BareServer.start();
  const target =
    kind === 'parley' ? ({ kind, url: server.url, room: 'bench' } as const) : ({ kind, url: server.url } as const);
  const media = new MediaProcesses(target);
  // Nobody is offered a session while alone in a room, so the first receiver comes together with the publisher; bare
  // mediasoup has something to consume only then. Both get as many processes: every one that wakes up is work for who sends.
  if (kind === 'parley') await Promise.all([media.publish(BITRATE_BPS), media.addReceivers(1)]);
  else await media.publish(BITRATE_BPS).then(() => media.addReceivers(1));
  return { kind, server, media, present: 1 };
}

async function grow(side: Side, size: number): Promise<void> {
  await side.media.addReceivers(size - side.present);
  side.present = size;
  const missing = async () => size - (await side.media.packets()).filter((count) => count > 0).length;
  await until(
    async () => (await missing()) === 0,
    async () => `packets for ${await missing()} of ${size} receivers of ${side.kind}`,
    { timeoutMs: 30_000 },
  );
}

async function undisturbedPair(sides: readonly Side[], measureMs: number): Promise<Pair> {
  let disturbed = '';
  for (let attempt = 0; attempt < ATTEMPTS_PER_WINDOW; attempt += 1) {
    const before = await Promise.all(sides.map(sample));
    await delay(measureMs);
    const after = await Promise.all(sides.map(sample));
    const costs: Partial<Record<Kind, Cost | undefined>> = {};
    for (const [index, { kind }] of sides.entries()) {
      const packets = difference(before[index]?.packets, after[index]?.packets);
      const [least, most] = [Math.min(...packets), Math.max(...packets)];
      if (least < FULL_SHARE * most || most === 0) disturbed = `${least} to ${most} packets per receiver of ${kind}`;
      else costs[kind] = costBetween(before[index], after[index]);
    }
    const { parley, bare } = costs;
    if (parley !== undefined && bare !== undefined) return { parley, bare };
  }
  throw new Error(`not everybody receives everything, is the machine too busy? Last: ${disturbed}`);
}

async function sample({ server, media }: Side): Promise<Sample> {
  const packets = await media.packets();
  return { treeNs: treeCpuTimeNs(server.pid), nodeNs: cpuTimeNs(server.pid), packets };
}

function costBetween(before: Sample | undefined, after: Sample | undefined): Cost | undefined {
  if (before === undefined || after === undefined) return undefined;
  const packets = difference(before.packets, after.packets).reduce((sum, count) => sum + count, 0);
  const node = (after.nodeNs - before.nodeNs) / 1_000 / packets;
  return { node, workers: (after.treeNs - before.treeNs) / 1_000 / packets - node };
}

function difference(before: readonly number[] = [], after: readonly number[] = []): number[] {
  return after.map((count, index) => count - (before[index] ?? 0));
}

function ratio({ parley, bare }: Pair): number {
  return total(parley) / total(bare);
}

function total({ workers, node }: Cost): number {
  return workers + node;
}

function report(pairs: ReadonlyMap<number, readonly Pair[]>): boolean {
  console.log('\nCPU µs per packet, medians; ratio of pairs as median (quartiles), target ≤ 1.05');
  console.log('receivers   bare worker + Node   parley worker + Node   workers alone           whole server');
  let isWithinTarget = true;
  for (const [size, measured] of pairs) {
    const column = (kind: Kind) =>
      `${median(measured.map((pair) => pair[kind].workers)).toFixed(2)} + ${median(measured.map((pair) => pair[kind].node)).toFixed(2)}`;
    const workers = measured.map(({ parley, bare }) => parley.workers / bare.workers);
    const whole = measured.map(ratio);
    isWithinTarget &&= median(whole) <= TARGET_RATIO;
    const cells = [String(size).padStart(9), column('bare').padEnd(18), column('parley').padEnd(20)];
    console.log([...cells, quartiles(workers, 3).padEnd(21), quartiles(whole, 3)].join('   '));
  }
  return isWithinTarget;
}

function quartiles(samples: readonly number[], digits: number): string {
  const [low, high] = [percentile(samples, 0.25), percentile(samples, 0.75)];
  return `${median(samples).toFixed(digits)} (${low.toFixed(digits)} … ${high.toFixed(digits)})`;
}
