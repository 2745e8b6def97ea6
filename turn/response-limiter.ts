import type { Address } from './endpoint.ts';
import { hashAddress } from './five-tuple.ts';

const BUCKETS = 1 << 16;
/** Places of the totals behind the buckets' counts and seconds. */
const TOTAL_COUNT = 0;
const TOTAL_SECOND = 1;

/** Size of a limiter's memory, for one that several workers share. */
export const STRANGER_STORAGE_BYTES = (2 * BUCKETS + 2) * Uint32Array.BYTES_PER_ELEMENT;

/** Answers a second. */
export interface StrangerLimits {
  /** To one source. */
  readonly strangerAnswersPerAddress: number;
  /** To all of them. */
  readonly strangerAnswers: number;
}

/**
 * Bounds what strangers can make this server send, per source address (/64 for IPv6; the port does not count, it can be
 * forged with the address) and in total. The table has a fixed size: unknown sources cost no memory, and two that share
 * a bucket share its allowance. Workers may share the table; what they count at the very turn of a second may be lost.
 */
export class ResponseLimiter {
  limits: StrangerLimits;
  readonly #seed: number;
  readonly #counts: Uint32Array;
  /** Which second each count belongs to. */
  readonly #seconds: Uint32Array;
  readonly #totals: Uint32Array;

  /**
   * @param seed random, so that nobody can aim for another's bucket.
   * @param storage STRANGER_STORAGE_BYTES of zeros, when it is shared.
   */
  constructor(
    limits: StrangerLimits,
    seed: number,
    storage: ArrayBufferLike = new ArrayBuffer(STRANGER_STORAGE_BYTES),
  ) {
    this.limits = limits;
    this.#seed = seed;
    const bytes = BUCKETS * Uint32Array.BYTES_PER_ELEMENT;
    this.#counts = new Uint32Array(storage, 0, BUCKETS);
    this.#seconds = new Uint32Array(storage, bytes, BUCKETS);
    this.#totals = new Uint32Array(storage, 2 * bytes, 2);
  }

  /** Whether one more answer may go to this source in this second. */
  take(source: Address, nowSeconds: number): boolean {
    const totals = this.#totals;
    if (Atomics.load(totals, TOTAL_SECOND) !== nowSeconds) {
      Atomics.store(totals, TOTAL_SECOND, nowSeconds);
      Atomics.store(totals, TOTAL_COUNT, 0);
    }
    if (Atomics.load(totals, TOTAL_COUNT) >= this.limits.strangerAnswers) return false;
    const bucket =
      source.family === 4
        ? hashAddress(this.#seed, 0, 0, source.w2, source.w3, 0) & (BUCKETS - 1)
        : hashAddress(this.#seed, source.w0, source.w1, 0, 0, 0) & (BUCKETS - 1);
    if (Atomics.load(this.#seconds, bucket) !== nowSeconds) {
      Atomics.store(this.#seconds, bucket, nowSeconds);
      Atomics.store(this.#counts, bucket, 0);
    }
    if (Atomics.load(this.#counts, bucket) >= this.limits.strangerAnswersPerAddress) return false;
    Atomics.add(this.#counts, bucket, 1);
    Atomics.add(totals, TOTAL_COUNT, 1);
    return true;
  }
}
