import type { Logger } from '#runtime/logger.ts';
import { allocate, isLimited, wantedBps, withFirst } from './allocation/allocate.ts';
import { prioritize, type Candidate, type Stage } from './allocation/prioritize.ts';
import { NOTHING_SAID, step, strongestWish, type SenderConstraint } from './allocation/sender-constraints.ts';
import type { Endpoint } from './endpoint.ts';
import type { ProbeRestart } from './probe-restart.ts';

/** mediasoup's order when bandwidth is scarce, 1 … 255; the one on stage takes all its layers before others take a second. */
const PRIORITY: Record<Stage, number> = { 'on-stage': 255, selected: 10, other: 1 };
/** How often receivers are looked at, and streams measured while some receiver has not what it wishes. */
const LOOK_INTERVAL_MS = 2_000;

export interface BandwidthControlOptions {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Endpoint ids, the latest first. */
  readonly recentSpeakers: () => readonly string[];
  readonly probes: ProbeRestart;
  readonly logger: Logger;
}

/**
 * Runs the bandwidth allocation for the receivers of one conference whenever one of its inputs has changed, once for all
 * changes of a turn, and carries its results out: targets of consumers, `ForwardedSources` to receivers,
 * `SenderSourceConstraints` to senders.
 */
export class BandwidthControl {
  readonly #options: BandwidthControlOptions;
  readonly #changedReceivers = new Set<string>();
  /** By source name. */
  readonly #senderConstraints = new Map<string, SenderConstraint>();
  #scheduled: NodeJS.Immediate | undefined;
  #senderTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #areWishesChanged = false;
  #isClosed = false;

  constructor(options: BandwidthControlOptions) {
    this.#options = options;
  }

  receiverChanged(endpoint: string): void {
    this.#changedReceivers.add(endpoint);
    this.#schedule();
  }

  /** Sources or speakers changed. */
  allChanged(): void {
    for (const id of this.#options.endpoints.keys()) this.#changedReceivers.add(id);
    this.#areWishesChanged = true;
    this.#schedule();
  }

  /** Says everything again on a channel that has just been opened. */
  channelOpened(endpoint: Endpoint): void {
    endpoint.receiver.forwardedNames = undefined;
    for (const { name, source } of endpoint.sent.values()) {
      if (source.kind === 'video') this.#senderConstraints.set(name, NOTHING_SAID);
    }
    this.#areWishesChanged = true;
    this.receiverChanged(endpoint.id);
  }

  close(): void {
    this.#isClosed = true;
    clearImmediate(this.#scheduled);
    clearTimeout(this.#senderTimer);
    clearTimeout(this.#lookTimer);
  }

  #schedule(): void {
    if (this.#isClosed || this.#scheduled !== undefined) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.#run();
    });
  }

  #run(): void {
    const { endpoints } = this.#options;
    const candidates = this.#candidates();
    for (const id of this.#changedReceivers) {
      const endpoint = endpoints.get(id);
      if (endpoint !== undefined) this.#allocateFor(endpoint, candidates);
    }
    this.#changedReceivers.clear();
    if (this.#areWishesChanged) {
      this.#areWishesChanged = false;
      this.#constrainSenders();
    }
    this.#lookLater();
  }

  #candidates(): readonly Candidate[] {
    const candidates: Candidate[] = [];
    for (const { id, sent } of this.#options.endpoints.values()) {
      for (const source of sent.values()) {
        if (source.source.kind !== 'video' || !source.isAvailable) continue;
        candidates.push({ name: source.name, owner: id, layers: source.layers });
      }
    }
    return candidates;
  }

  #allocateFor(endpoint: Endpoint, candidates: readonly Candidate[]): void {
    const { bandwidth, receiver, received } = endpoint;
    const sources = prioritize(
      candidates.filter(({ name }) => received.has(name)),
      receiver.constraints,
      this.#options.recentSpeakers(),
    );
    const fitting = allocate(receiver.estimate.bps, sources);
    const allocations = receiver.estimate.isAssumed ? fitting : withFirst(fitting, sources);
    receiver.isLimited = isLimited(allocations);
    bandwidth.want(wantedBps(allocations, sources));
    if (receiver.isLimited) bandwidth.followClosely();

    const waiting = new Set([...received.values()].filter((one) => one.received.kind === 'video'));
    sources.forEach(({ name, stage }, index) => {
      const allocation = allocations[index];
      const forwarding = received.get(name);
      if (allocation === undefined || forwarding === undefined) return;
      waiting.delete(forwarding);
      forwarding.setTarget({
        isPaused: allocation.layer === undefined,
        // The wish, not what fits now: mediasoup chooses among the layers up to it by its own, newer estimate, and
        // looks for more bandwidth only while something is wanted (README.md, "Two allocators").
        layer: allocation.idealLayer,
        priority: PRIORITY[stage],
      });
    });
    for (const forwarding of waiting) forwarding.setTarget({ isPaused: true, layer: 0, priority: PRIORITY.other });

    const wishes = new Map(sources.map(({ name, maxHeight }) => [name, maxHeight]));
    if (!isEqualMap(wishes, receiver.wishes)) {
      receiver.wishes = wishes;
      this.#areWishesChanged = true;
    }
    this.#reportForwarded(
      endpoint,
      allocations.filter(({ layer }) => layer !== undefined).map(({ name }) => name),
    );
  }

  #reportForwarded({ receiver, channel, received }: Endpoint, names: readonly string[]): void {
    if (channel === undefined) return;
    const flowing = names.filter((name) => received.get(name)?.isFlowing === true);
    const last = receiver.forwardedNames;
    if (last !== undefined && last.length === flowing.length && flowing.every((name, index) => name === last[index]))
      return;
    receiver.forwardedNames = flowing;
    channel.send({ colibriClass: 'ForwardedSources', forwardedSources: flowing });
  }

  #constrainSenders(): void {
    const nowMs = performance.now();
    let nextAtMs = Infinity;
    const known = new Set<string>();
    for (const endpoint of this.#options.endpoints.values()) {
      for (const { name, source, isOff } of endpoint.sent.values()) {
        if (source.kind !== 'video') continue;
        known.add(name);
        // A camera that is off has no wishes; it must not begin with an order to send nothing.
        if (endpoint.channel === undefined || isOff) continue;
        const result = step(this.#senderConstraints.get(name) ?? NOTHING_SAID, this.#wishOf(name), nowMs);
        this.#senderConstraints.set(name, result.state);
        nextAtMs = Math.min(nextAtMs, result.nextAtMs ?? Infinity);
        if (result.send === undefined) continue;
        endpoint.channel.send({ colibriClass: 'SenderSourceConstraints', sourceName: name, maxHeight: result.send });
      }
    }
    for (const name of this.#senderConstraints.keys()) if (!known.has(name)) this.#senderConstraints.delete(name);
    clearTimeout(this.#senderTimer);
    if (nextAtMs !== Infinity) {
      this.#senderTimer = setTimeout(() => this.#constrainSenders(), Math.ceil(nextAtMs - nowMs));
    }
  }

  #wishOf(name: string): number {
    const heights: number[] = [];
    for (const { receiver } of this.#options.endpoints.values()) heights.push(receiver.wishes.get(name) ?? 0);
    return strongestWish(heights);
  }

  #lookLater(): void {
    if (this.#lookTimer !== undefined || this.#isClosed) return;
    const isAnythingSent = [...this.#options.endpoints.values()].some(({ received }) => received.size > 0);
    if (!isAnythingSent) return;
    this.#lookTimer = setTimeout(() => {
      this.#look().catch((error: unknown) => {
        if (!this.#isClosed) this.#options.logger.warn({ err: error }, 'streams could not be measured');
      });
    }, LOOK_INTERVAL_MS);
  }

  async #look(): Promise<void> {
    try {
      const endpoints = [...this.#options.endpoints.values()];
      for (const { bandwidth, receiver } of endpoints) bandwidth.look(receiver.wishes.size > 0);
      const starved = endpoints.filter(({ isStarved }) => isStarved).map(({ bandwidth }) => bandwidth);
      await this.#options.probes.run(new Set(starved));
      if (endpoints.some(({ receiver }) => receiver.isLimited)) await this.#measure();
    } finally {
      this.#lookTimer = undefined;
      this.#lookLater();
    }
  }

  /** Nominal bitrates do where everybody has what they wish; where not, real ones tell what fits. */
  async #measure(): Promise<void> {
    const sources = [...this.#options.endpoints.values()].flatMap(({ sent }) => [...sent.values()]);
    await Promise.allSettled(sources.filter(({ source }) => source.kind === 'video').map((source) => source.measure()));
    for (const { id, receiver } of this.#options.endpoints.values()) if (receiver.isLimited) this.receiverChanged(id);
  }
}

function isEqualMap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
