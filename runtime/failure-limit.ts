import { TokenBucket } from './token-bucket.ts';

/** Failures: at once, and a second on average. */
export interface FailureRate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Above so many keys those without a failure left to remember are forgotten. */
const SWEEP_ABOVE = 10_000;

/** Counts failures by a key (an address, an account), and says who has had too many. Those who succeed cost nothing. */
export class FailureLimit {
  readonly #rate: FailureRate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param now milliseconds of a clock that does not step back. */
  constructor(rate: FailureRate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  mayTry(key: string): boolean {
    return this.#buckets.get(key)?.has(1, this.#now()) ?? true;
  }

  failed(key: string): void {
    const nowMs = this.#now();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= SWEEP_ABOVE) this.#sweep(nowMs);
      bucket = new TokenBucket(this.#rate.burst, this.#rate.perSecond, nowMs);
      this.#buckets.set(key, bucket);
    }
    bucket.take(1, nowMs);
  }

  #sweep(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key);
    // Nobody may make us remember more; whoever was there longest has waited longest.
    for (const [key] of this.#buckets) {
      if (this.#buckets.size < SWEEP_ABOVE) break;
      this.#buckets.delete(key);
    }
  }
}
