/** When the breakout rooms of one meeting close, if somebody has set an end. */
export class BreakoutTimer {
  readonly #onEnd: () => void;
  #running: { readonly endsAtMs: number; readonly timeout: NodeJS.Timeout } | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Undefined while no end is set. */
  get remainingMs(): number | undefined {
    return this.#running && Math.max(0, Math.round(this.#running.endsAtMs - performance.now()));
  }

  /** From now on; replaces what was set before. */
  set(durationMs: number): void {
    this.stop();
    const timeout = setTimeout(() => {
      this.#running = undefined;
      this.#onEnd();
    }, durationMs);
    timeout.unref();
    this.#running = { endsAtMs: performance.now() + durationMs, timeout };
  }

  /** Idempotent. */
  stop(): void {
    clearTimeout(this.#running?.timeout);
    this.#running = undefined;
  }
}
