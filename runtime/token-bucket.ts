/**
 * A rate with a burst: `capacity` units at once, `perSecond` on average. The clock is passed in, in milliseconds.
 */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  #tokens: number;
  #updatedAtMs: number;

  constructor(capacity: number, perSecond: number, nowMs: number) {
    this.#capacity = capacity;
    this.#perMs = perSecond / 1000;
    this.#tokens = capacity;
    this.#updatedAtMs = nowMs;
  }

  /** Takes units if there are enough; else takes none and answers false. */
  take(units: number, nowMs: number): boolean {
    if (!this.has(units, nowMs)) return false;
    this.#tokens -= units;
    return true;
  }

  /** Whether there are enough units now. */
  has(units: number, nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= units;
  }

  /** Nothing has been taken for so long that forgetting the bucket changes nothing. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#capacity;
  }

  #refill(nowMs: number): void {
    // A clock that steps back must not take tokens away.
    const elapsedMs = Math.max(0, nowMs - this.#updatedAtMs);
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsedMs * this.#perMs);
    this.#updatedAtMs = nowMs;
  }
}
