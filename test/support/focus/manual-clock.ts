interface PendingTimer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** Time that stands still until a test moves it. Fits the focus's `Clock`. */
export class ManualClock {
  readonly #timers = new Set<PendingTimer>();
  #now = 1_000_000;

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = { dueAt: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Moves time on; timers that fall due run in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.dueAt);
      this.#timers.delete(next);
      next.callback();
    }
    this.#now = until;
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  #next(until: number): PendingTimer | undefined {
    return [...this.#timers].filter(({ dueAt }) => dueAt <= until).toSorted((a, b) => a.dueAt - b.dueAt)[0];
  }
}
