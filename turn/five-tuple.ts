import type { Endpoint } from './endpoint.ts';

/** Mixes an address, a port or socket number and a seed into 32 bits. */
export function hashAddress(seed: number, w0: number, w1: number, w2: number, w3: number, extra: number): number {
  let hash = seed;
  hash = Math.imul(hash ^ w0, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ w1, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 13) ^ w2, 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 16) ^ w3, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15) ^ extra, 0x165667b1);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A client as a datagram listener sees it: the listening socket stands for our address, port and protocol. */
export interface FiveTuple {
  listener: number;
  client: Endpoint;
}

const EMPTY = undefined;

/**
 * Finds the value for a five-tuple without making anything: open addressing, linear probing, at most half full, removal
 * by shifting back so that no tombstones gather.
 */
export class FiveTupleTable<Value extends FiveTuple> {
  readonly #seed: number;
  #slots: (Value | undefined)[];
  #mask: number;
  #size = 0;

  constructor(seed: number, capacity = 64) {
    this.#seed = seed;
    this.#slots = Array.from<undefined>({ length: capacity });
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  find(listener: number, client: Endpoint): Value | undefined {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = this.#hash(listener, client) & mask;
    for (let value = slots[slot]; value !== EMPTY; value = slots[slot]) {
      const other = value.client;
      if (
        other.w3 === client.w3 &&
        other.port === client.port &&
        value.listener === listener &&
        other.w2 === client.w2 &&
        other.w1 === client.w1 &&
        other.w0 === client.w0
      ) {
        return value;
      }
      slot = (slot + 1) & mask;
    }
    return undefined;
  }

  /** The caller has checked that the five-tuple is not there yet. */
  add(value: Value): void {
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow();
    this.#place(value);
    this.#size++;
  }

  remove(value: Value): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = this.#hash(value.listener, value.client) & mask;
    while (slots[hole] !== value) {
      if (slots[hole] === EMPTY) return;
      hole = (hole + 1) & mask;
    }
    this.#size--;
    slots[hole] = EMPTY;
    // Whoever was pushed past the hole must be found again: move each back whose home is not behind the hole.
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const moved = slots[slot];
      if (moved === EMPTY) return;
      const home = this.#hash(moved.listener, moved.client) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = moved;
        slots[slot] = EMPTY;
        hole = slot;
      }
    }
  }

  #place(value: Value): void {
    let slot = this.#hash(value.listener, value.client) & this.#mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = value;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = Array.from<undefined>({ length: old.length * 2 });
    this.#mask = this.#slots.length - 1;
    for (const value of old) if (value !== EMPTY) this.#place(value);
  }

  #hash(listener: number, client: Endpoint): number {
    return hashAddress(this.#seed, client.w0, client.w1, client.w2, client.w3, (client.port << 12) ^ listener);
  }
}
