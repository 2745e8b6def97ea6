import { z } from 'zod';
import type { Bus, Subscription } from '#runtime/bus.ts';
import type { Logger } from '#runtime/logger.ts';

const port = z.number().int().min(1).max(65_535);

/** What a relay says of itself under its lease. */
const turnLease = z.object({
  id: z.string().min(1),
  /** Names or addresses under which clients reach it; absent: the host of the public URL. */
  hosts: z.array(z.string().min(1)).max(16).optional(),
  udp: port.optional(),
  tcp: port.optional(),
  tls: port.optional(),
});
export type TurnRelay = z.infer<typeof turnLease>;

const LEASE_PREFIX = 'turn/';

/** The relays that run now, as their leases tell. */
export class TurnRelays {
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #relays = new Map<string, TurnRelay>();
  #subscription: Subscription | undefined;

  constructor(bus: Bus, logger: Logger) {
    this.#bus = bus;
    this.#logger = logger;
  }

  get current(): readonly TurnRelay[] {
    return [...this.#relays.values()];
  }

  start(): void {
    this.#subscription = this.#bus.watch(LEASE_PREFIX, ({ key, value }) => this.#changed(key, value));
  }

  stop(): void {
    this.#subscription?.close();
    this.#relays.clear();
  }

  #changed(key: string, value: unknown): void {
    if (value === undefined) {
      this.#relays.delete(key);
      return;
    }
    const lease = turnLease.safeParse(value);
    if (lease.success) {
      this.#relays.set(key, lease.data);
    } else {
      this.#relays.delete(key);
      this.#logger.warn({ key, problem: z.prettifyError(lease.error) }, 'a relay describes itself wrongly');
    }
  }
}
