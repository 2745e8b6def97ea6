import type { Address } from './endpoint.ts';
import { hashAddress } from './five-tuple.ts';

const BUCKETS = 1 << 16;

/**
 * Bounds what strangers can make this server send, per source address (/64 for IPv6; the port does not count, it can be
 * forged with the address) and in total. The table has a fixed size: unknown sources cost no memory, and two that share
 * a bucket share its allowance.
 */
export class ResponseLimiter {
  readonly #perSource: number;
  readonly #total: number;
  readonly #seed: number;
  readonly #counts = new Uint32Array(BUCKETS);
  /** Which second each count belongs to. */
  readonly #seconds = new Uint32Array(BUCKETS);
  #totalCount = 0;
  #totalSecond = 0;

  /**
   * @param perSource answers a second to one source.
   * @param total answers a second to all of them.
   * @param seed random, so that nobody can aim for another's bucket.
   */
  constructor(perSource: number, total: number, seed: number) {
    this.#perSource = perSource;
    this.#total = total;
    this.#seed = seed;
  }

  /** Whether one more answer may go to this source in this second. */
  take(source: Address, nowSeconds: number): boolean {
    if (this.#totalSecond !== nowSeconds) {
      this.#totalSecond = nowSeconds;
      this.#totalCount = 0;
    }
    if (this.#totalCount >= this.#total) return false;
    const bucket =
      source.family === 4
        ? hashAddress(this.#seed, 0, 0, source.w2, source.w3, 0) & (BUCKETS - 1)
        : hashAddress(this.#seed, source.w0, source.w1, 0, 0, 0) & (BUCKETS - 1);
    if (this.#seconds[bucket] !== nowSeconds) {
      this.#seconds[bucket] = nowSeconds;
      this.#counts[bucket] = 0;
    }
    const count = this.#counts[bucket] ?? 0;
    if (count >= this.#perSource) return false;
    this.#counts[bucket] = count + 1;
    this.#totalCount++;
    return true;
  }
}
