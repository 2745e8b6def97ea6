/** Limits bytes a second with a burst of one second; what does not fit is dropped, never queued. */
export class TokenBucket {
  readonly #bytesPerMs: number;
  readonly #burstBytes: number;
  #bytes: number;
  #updatedAtMs = 0;

  /** @param bitrateBps bits a second; 0 for no limit. */
  constructor(bitrateBps: number) {
    this.#bytesPerMs = bitrateBps / 8000;
    this.#burstBytes = bitrateBps / 8;
    this.#bytes = this.#burstBytes;
  }

  take(bytes: number, nowMs: number): boolean {
    if (this.#bytesPerMs === 0) return true;
    const refill = (nowMs - this.#updatedAtMs) * this.#bytesPerMs;
    this.#bytes = Math.min(this.#burstBytes, this.#bytes + refill);
    this.#updatedAtMs = nowMs;
    if (this.#bytes < bytes) return false;
    this.#bytes -= bytes;
    return true;
  }
}
