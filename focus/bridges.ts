import { z } from 'zod';
import {
  bridgeEvents,
  SFU_LEASE_PREFIX,
  type EndpointClosed,
  type EndpointConnected,
  type SfuLease,
} from '#protocol/bridge/bridge-bus.ts';
import type { Bus, LeaseEntry, Subscription } from '#runtime/bus.ts';
import type { Logger } from '#runtime/logger.ts';
import { leastLoaded } from './bridge-selection/least-loaded.ts';
import { nearest } from './bridge-selection/region.ts';
import type { BridgeStrategy, BridgeWish } from './bridge-selection/strategy.ts';
import type { FocusConfig } from './config.ts';

const STRATEGIES: Readonly<Record<FocusConfig['bridgeSelection'], BridgeStrategy>> = {
  'least-loaded': leastLoaded,
  region: nearest,
};

const port = z.number().int().min(1).max(65_535);
const sfuLease = z.object({
  id: z.string().min(1),
  load: z.number().min(0),
  region: z.string().optional(),
  addresses: z.array(z.string()),
  ports: z.array(port),
  rolePort: port,
  draining: z.boolean(),
});

export interface BridgeListener {
  /** A bridge that can be used has come. */
  bridgeAppeared(id: string): void;
  /** A bridge is gone with all its sessions. */
  bridgeGone(id: string): void;
  endpointClosed(event: EndpointClosed): void;
  endpointConnected(event: EndpointConnected): void;
}

interface KnownBridge {
  lease: SfuLease;
  readonly subscriptions: readonly Subscription[];
}

/** The bridges that there are, from their leases, and what they report. */
export class Bridges {
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #strategy: BridgeStrategy;
  readonly #listener: BridgeListener;
  readonly #known = new Map<string, KnownBridge>();
  #watch: Subscription | undefined;

  constructor(bus: Bus, logger: Logger, selection: FocusConfig['bridgeSelection'], listener: BridgeListener) {
    this.#bus = bus;
    this.#logger = logger;
    this.#strategy = STRATEGIES[selection];
    this.#listener = listener;
  }

  start(): void {
    this.#watch = this.#bus.watch(SFU_LEASE_PREFIX, (entry) => this.#changed(entry));
  }

  stop(): void {
    this.#watch?.close();
    for (const { subscriptions } of this.#known.values()) subscriptions.forEach((subscription) => subscription.close());
    this.#known.clear();
  }

  /** The bridge for a new conference; draining ones and those in `except` are left out. */
  choose(wish: BridgeWish, except: ReadonlySet<string>): SfuLease | undefined {
    const usable = [...this.#known.values()].map(({ lease }) => lease);
    return this.#strategy(
      usable.filter(({ id, draining }) => !draining && !except.has(id)),
      wish,
    );
  }

  get count(): number {
    return this.#known.size;
  }

  #changed({ key, value }: LeaseEntry): void {
    const id = key.slice(SFU_LEASE_PREFIX.length);
    const known = this.#known.get(id);
    if (value === undefined) {
      if (known === undefined) return;
      this.#known.delete(id);
      known.subscriptions.forEach((subscription) => subscription.close());
      this.#listener.bridgeGone(id);
      return;
    }
    const parsed = sfuLease.safeParse(value);
    if (!parsed.success || parsed.data.id !== id) {
      this.#logger.warn({ sfu: id }, 'a bridge announces itself in a form that cannot be read; it is not used');
      return;
    }
    const { region, ...rest } = parsed.data;
    const lease: SfuLease = { ...rest, ...(region === undefined ? {} : { region }) };
    if (known !== undefined) {
      const wasDraining = known.lease.draining;
      known.lease = lease;
      if (wasDraining && !lease.draining) this.#listener.bridgeAppeared(id);
      return;
    }
    const events = bridgeEvents(id);
    this.#known.set(id, {
      lease,
      subscriptions: [
        this.#bus.subscribe(events.endpointClosed, (event) => this.#listener.endpointClosed(event)),
        this.#bus.subscribe(events.endpointConnected, (event) => this.#listener.endpointConnected(event)),
      ],
    });
    this.#logger.info({ sfu: id }, 'bridge found');
    if (!lease.draining) this.#listener.bridgeAppeared(id);
  }
}
