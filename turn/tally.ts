import { hash } from 'node:crypto';

/** How many of something each name holds, against a limit. */
export interface Tally {
  /** Counts one more for the name, or says that it would be more than the limit. */
  take(name: string, limit: number): boolean;
  giveBack(name: string): void;
}

/** Exact, for one worker. Names that hold nothing are forgotten. */
export class LocalTally implements Tally {
  readonly #counts = new Map<string, number>();

  take(name: string, limit: number): boolean {
    const count = this.#counts.get(name) ?? 0;
    if (count >= limit) return false;
    this.#counts.set(name, count + 1);
    return true;
  }

  giveBack(name: string): void {
    const rest = (this.#counts.get(name) ?? 0) - 1;
    if (rest > 0) this.#counts.set(name, rest);
    else this.#counts.delete(name);
  }
}

const BUCKETS = 1 << 16;

/**
 * For several workers: counts in memory that all of them see. Every worker writes a row of its own, so that what a worker
 * held can be given back when it dies. Two names that share a bucket, which is rare, share the limit.
 */
export class SharedTally implements Tally {
  readonly #counts: Int32Array;
  readonly #rows: number;
  readonly #row: number;
  readonly #seed: string;

  static buffer(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(workers * BUCKETS * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Forgets what a worker that is gone held. */
  static clearRow(buffer: SharedArrayBuffer, row: number): void {
    new Int32Array(buffer).fill(0, row * BUCKETS, (row + 1) * BUCKETS);
  }

  /** @param seed random and the same for all workers, so that nobody can aim for another's bucket. */
  constructor(buffer: SharedArrayBuffer, row: number, seed: string) {
    this.#counts = new Int32Array(buffer);
    this.#rows = this.#counts.length / BUCKETS;
    this.#row = row;
    this.#seed = seed;
  }

  take(name: string, limit: number): boolean {
    const bucket = this.#bucket(name);
    const own = this.#row * BUCKETS + bucket;
    // First taken, then counted: of two workers that take the last one at the same moment, neither must get past the limit.
    Atomics.add(this.#counts, own, 1);
    let sum = 0;
    for (let row = 0; row < this.#rows; row++) sum += Atomics.load(this.#counts, row * BUCKETS + bucket);
    if (sum <= limit) return true;
    Atomics.sub(this.#counts, own, 1);
    return false;
  }

  giveBack(name: string): void {
    Atomics.sub(this.#counts, this.#row * BUCKETS + this.#bucket(name), 1);
  }

  #bucket(name: string): number {
    return hash('sha256', `${this.#seed} ${name}`, 'buffer').readUInt16BE();
  }
}
