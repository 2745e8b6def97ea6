/** Time and timers as conferences see them, so that tests can move them. */
export interface Clock {
  /** Milliseconds; only differences mean something. */
  now(): number;
  setTimer(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  /** Idempotent. */
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    // A pending time-out alone must not keep the process alive while it stops.
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
