import { z } from 'zod';

/** What mediasoup reports of its congestion control, in bit/s. */
const bweTrace = z.object({ availableBitrate: z.number(), maxBitrate: z.number() });

/** Smaller changes than this do not re-run the allocation. */
const NOTABLE_CHANGE = 0.15;
/** From here on the estimate is held down by what we want to send, not by the network. */
const DEMAND_LIMITED = 0.9;
/** How much more is tried then. */
const GROWTH = 1.5;

/**
 * How much one receiver can take. mediasoup never estimates more than about 1.35 times what its consumers could use, so
 * an estimate near that limit says nothing about the network; were it believed, sources that wait for bandwidth would
 * wait for ever. Then more is tried, which is safe: mediasoup itself never sends more than its estimate.
 */
export class BandwidthEstimate {
  #usedBps: number;
  #latestBps: number;
  /** mediasoup's own limit as last traced; the initial bitrate is the least it can be. */
  #limitBps: number;
  /** Said by the receiver on its channel; overrides. */
  #assumedBps: number | undefined;

  constructor(initialBps: number) {
    this.#usedBps = initialBps;
    this.#latestBps = initialBps;
    this.#limitBps = initialBps;
  }

  /** Whether the receiver's own word counts, which does not recover by itself and is kept to. */
  get isAssumed(): boolean {
    return this.#assumedBps !== undefined;
  }

  /** What the allocation may divide, in bit/s. */
  get bps(): number {
    return this.#assumedBps ?? this.#usedBps;
  }

  /** What mediasoup believes, in bit/s. */
  get latestBps(): number {
    return this.#latestBps;
  }

  /** @param info of a `bwe` trace event. @returns whether the allocation should run again. */
  trace(info: unknown): boolean {
    const parsed = bweTrace.safeParse(info);
    if (!parsed.success) return false;
    this.#limitBps = parsed.data.maxBitrate;
    return this.update(parsed.data.availableBitrate);
  }

  /** @param availableBps of the transport's statistics. @returns whether the allocation should run again. */
  update(availableBps: number): boolean {
    this.#latestBps = availableBps;
    const usableBps = availableBps >= DEMAND_LIMITED * this.#limitBps ? availableBps * GROWTH : availableBps;
    if (Math.abs(usableBps - this.#usedBps) < NOTABLE_CHANGE * this.#usedBps) return false;
    this.#usedBps = usableBps;
    return this.#assumedBps === undefined;
  }

  /** @param bps negative: no assumption. */
  assume(bps: number): void {
    this.#assumedBps = bps < 0 ? undefined : bps;
  }
}
