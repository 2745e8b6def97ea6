import type { Relay } from './allocation.ts';
import type { Address } from './endpoint.ts';

/** RFC 8656 §7.2 lets us choose: stray packets of an old call must not reach whoever gets the port next. */
const QUARANTINE_MS = 120_000;

const RANDOM_DRAWS = 32;

/** Which worker holds each port of an address, counted from 1, in memory that all of them see. */
export interface SharedPorts {
  holders: Uint8Array;
  worker: number;
}

/** One address of this host that relayed transport addresses are made on, and which of its ports are taken. */
export class RelayAddress {
  /** The address sockets are bound to. */
  readonly local: Address;
  /** The address clients and peers are told. */
  readonly advertised: Address;
  readonly minPort: number;
  readonly maxPort: number;
  readonly #relays = new Map<number, Relay>();
  readonly #freeAtMs: Float64Array;
  readonly #randomBelow: (limit: number) => number;
  readonly #shared: SharedPorts | undefined;

  /**
   * @param ports the range, or this worker's part of it.
   * @param randomBelow a cryptographically random integer from 0 up to, not including, its argument.
   * @param shared what the workers know of each other's ports, when there are several.
   */
  constructor(
    local: Address,
    advertised: Address,
    ports: { min: number; max: number },
    randomBelow: (limit: number) => number,
    shared?: SharedPorts,
  ) {
    this.local = local;
    this.advertised = advertised;
    this.minPort = ports.min;
    this.maxPort = ports.max;
    this.#freeAtMs = new Float64Array(ports.max - ports.min + 1);
    this.#randomBelow = randomBelow;
    this.#shared = shared;
  }

  get portsInUse(): number {
    return this.#relays.size;
  }

  get portCount(): number {
    return this.#freeAtMs.length;
  }

  /** Whether any worker has an allocation on this port. */
  isLive(port: number): boolean {
    return this.#relays.has(port) || (this.#shared?.holders[port] ?? 0) !== 0;
  }

  /** Whether peers may be other workers' allocations, whose packets come from the local address. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** The live relayed transport address of this worker on this port. */
  relayAt(port: number): Relay | undefined {
    return this.#relays.get(port);
  }

  occupy(port: number, relay: Relay): void {
    this.#relays.set(port, relay);
    if (this.#shared !== undefined) this.#shared.holders[port] = this.#shared.worker + 1;
  }

  release(port: number, nowMs: number): void {
    this.#relays.delete(port);
    if (this.#shared !== undefined) this.#shared.holders[port] = 0;
    this.#freeAtMs[port - this.minPort] = nowMs + QUARANTINE_MS;
  }

  /** Whether a port in the range may be taken now. */
  isFree(port: number, nowMs: number): boolean {
    if (port < this.minPort || port > this.maxPort || this.#relays.has(port)) return false;
    return (this.#freeAtMs[port - this.minPort] ?? 0) <= nowMs;
  }

  /**
   * Ports to try, best first: uniform over the range and not to be guessed, then, when the range is nearly full, every
   * port from a random one on.
   */
  *candidates(nowMs: number, isWanted: (port: number) => boolean): Generator<number> {
    const count = this.portCount;
    for (let draw = 0; draw < RANDOM_DRAWS; draw++) {
      const port = this.minPort + this.#randomBelow(count);
      if (isWanted(port) && this.isFree(port, nowMs)) yield port;
    }
    const first = this.#randomBelow(count);
    for (let step = 0; step < count; step++) {
      const port = this.minPort + ((first + step) % count);
      if (isWanted(port) && this.isFree(port, nowMs)) yield port;
    }
  }
}
