/**
 * What forwarding costs: one publisher, many receivers with real ICE, DTLS and SRTP, processor time of the whole server per
 * packet that reached a receiver; ours and bare mediasoup in turn, so that both see the same machine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ParleyServer } from '../support/server.ts';
import { until } from '../support/wait.ts';
import { BareServer } from './bare-server.ts';
import { MediaProcesses } from './media-processes.ts';
import { cpuTimeNs } from './process-usage.ts';
import { median, spread } from './statistics.ts';

const BITRATE_BPS = 1_500_000;
/** Joins and the search for bandwidth cost too, but are not forwarding: two looks this far apart must agree so well. */
const SETTLE_MS = 1_500;
const SETTLED_CHANGE = 0.02;
const TARGET_RATIO = 1.05;

export interface ForwardOptions {
  readonly runs: number;
  /** Sizes of the meeting, ascending. */
  readonly receivers: readonly number[];
  readonly measureMs: number;
}

export const FORWARD_DEFAULTS: ForwardOptions = { runs: 5, receivers: [25, 50, 100], measureMs: 5_000 };

type Kind = 'parley' | 'bare';
const KINDS: readonly Kind[] = ['parley', 'bare'];

/** CPU µs per packet by meeting size. */
type Costs = ReadonlyMap<number, number>;

interface RunningServer {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** @returns whether our server stays within its target */
export async function benchForward(options: ForwardOptions): Promise<boolean> {
  const results: Record<Kind, Costs[]> = { parley: [], bare: [] };
  for (let run = 0; run < options.runs; run += 1) {
    // Whoever comes second meets a warmer machine, so they take turns at that too.
    for (const kind of run % 2 === 0 ? KINDS : KINDS.toReversed()) {
      const costs = await measure(kind, options);
      results[kind].push(costs);
      console.log(
        `run ${run + 1} ${kind.padEnd(6)} ${[...costs].map(([size, cost]) => `${size}: ${cost.toFixed(2)} µs`).join('   ')}`,
      );
    }
  }
  return report(results, options);
}

async function measure(kind: Kind, { receivers, measureMs }: ForwardOptions): Promise<Costs> {
  const server: RunningServer =
    kind === 'parley' ? await ParleyServer.start({ logName: 'bench' }) : await BareServer.start();
  const target =
    kind === 'parley' ? ({ kind, url: server.url, room: 'bench' } as const) : ({ kind, url: server.url } as const);
  const media = new MediaProcesses(target);
  try {
    // Nobody is offered a session while alone in a room, so the first receiver comes together with the publisher.
    const first = receivers[0] ?? 1;
    await Promise.all([media.publish(BITRATE_BPS), kind === 'parley' ? media.addReceivers(1) : undefined]);
    const costs = new Map<number, number>();
    let present = kind === 'parley' ? 1 : 0;
    for (const size of receivers.length > 0 ? receivers : [first]) {
      await media.addReceivers(size - present);
      present = size;
      await everybodyReceives(media, size);
      await rateSettles(media);
      costs.set(size, await costPerPacket(server.pid, media, measureMs));
    }
    return costs;
  } finally {
    await media.stop();
    await server.stop();
  }
}

async function everybodyReceives(media: MediaProcesses, size: number): Promise<void> {
  const missing = async () => size - (await media.packets()).filter((count) => count > 0).length;
  await until(
    async () => (await missing()) === 0,
    async () => `packets for ${await missing()} of ${size} receivers`,
    { timeoutMs: 30_000 },
  );
}

async function rateSettles(media: MediaProcesses): Promise<void> {
  let before = total(await media.packets());
  let lastRate = 0;
  const look = async (): Promise<boolean> => {
    const now = total(await media.packets());
    const rate = now - before;
    const isSettled = Math.abs(rate - lastRate) < SETTLED_CHANGE * rate;
    before = now;
    lastRate = rate;
    return isSettled;
  };
  await until(look, () => `a steady rate of packets; ${lastRate} in ${SETTLE_MS} ms now`, {
    timeoutMs: 60_000,
    intervalMs: SETTLE_MS,
  });
}

/** Microseconds of processor time per packet that arrived. */
async function costPerPacket(pid: number, media: MediaProcesses, measureMs: number): Promise<number> {
  const before = { cpuNs: cpuTimeNs(pid), packets: total(await media.packets()) };
  await delay(measureMs);
  const after = { cpuNs: cpuTimeNs(pid), packets: total(await media.packets()) };
  return (after.cpuNs - before.cpuNs) / 1_000 / (after.packets - before.packets);
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function report(results: Record<Kind, readonly Costs[]>, { receivers }: ForwardOptions): boolean {
  let isWithinTarget = true;
  console.log('\nreceivers   parley µs/packet   bare µs/packet   ratio (target ≤ 1.05)');
  for (const size of receivers) {
    const samples = (kind: Kind) => results[kind].map((costs) => costs.get(size) ?? Number.NaN);
    const ratio = median(samples('parley')) / median(samples('bare'));
    isWithinTarget &&= ratio <= TARGET_RATIO;
    const column = (kind: Kind) => `${median(samples(kind)).toFixed(2)} ±${(spread(samples(kind)) * 50).toFixed(0)} %`;
    console.log(
      `${String(size).padStart(9)}   ${column('parley').padEnd(16)}   ${column('bare').padEnd(14)}   ${ratio.toFixed(3)}`,
    );
  }
  return isWithinTarget;
}
