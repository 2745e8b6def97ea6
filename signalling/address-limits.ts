import ipaddr from 'ipaddr.js';
import { addressGroup } from '#runtime/address-group.ts';
import { TokenBucket } from '#runtime/token-bucket.ts';

/** What one client address may hold and how fast it may come back. */
export interface AddressLimitOptions {
  readonly connectionsPerAddress: number;
  readonly newConnectionsPerSecondPerAddress: number;
  readonly newConnectionBurstPerAddress: number;
}

interface AddressUse {
  connections: number;
  readonly arrivals: TokenBucket;
}

/** Above so many addresses the ones that hold nothing are forgotten. */
const SWEEP_ABOVE = 10_000;

/** Counts open connections per address; one /64 counts as one address (RFC 6177: a site has at least that). */
export class AddressLimits {
  readonly #options: AddressLimitOptions;
  readonly #uses = new Map<string, AddressUse>();

  constructor(options: AddressLimitOptions) {
    this.#options = options;
  }

  /** @returns the function that gives the place back, or undefined when there is none. */
  admit(address: string, nowMs: number): (() => void) | undefined {
    const key = addressGroup(address);
    const use = this.#uses.get(key) ?? this.#start(key, nowMs);
    if (use.connections >= this.#options.connectionsPerAddress || !use.arrivals.take(1, nowMs)) return undefined;
    use.connections += 1;
    let isReturned = false;
    return () => {
      if (isReturned) return;
      isReturned = true;
      use.connections -= 1;
    };
  }

  #start(key: string, nowMs: number): AddressUse {
    if (this.#uses.size >= SWEEP_ABOVE) this.#sweep(nowMs);
    const { newConnectionBurstPerAddress: burst, newConnectionsPerSecondPerAddress: rate } = this.#options;
    const use = { connections: 0, arrivals: new TokenBucket(burst, rate, nowMs) };
    this.#uses.set(key, use);
    return use;
  }

  #sweep(nowMs: number): void {
    for (const [key, use] of this.#uses) {
      if (use.connections === 0 && use.arrivals.isFull(nowMs)) this.#uses.delete(key);
    }
  }
}

/** Whether an address is of this machine itself, so that nothing said from it crosses a network. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
