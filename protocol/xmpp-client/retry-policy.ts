/** When to try again, as a pure rule: no clock, no timer. Randomness comes in from outside. */
export interface RetryPolicy {
  /**
   * @param attempt counts from 1
   * @param elapsedMs since the first failure
   * @param random 0 … 1, spreads clients that all lost the same server
   * @returns milliseconds to wait before this attempt, or undefined to give up
   */
  delayMs(attempt: number, elapsedMs: number, random: number): number | undefined;
}

export interface BackoffSettings {
  readonly firstDelayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  /** No attempt begins later than this after the first failure. */
  readonly giveUpAfterMs: number;
}

/** Exponential back-off between half and the whole of each step ("equal jitter"). */
export function backoff(settings: BackoffSettings): RetryPolicy {
  return {
    delayMs(attempt, elapsedMs, random) {
      if (elapsedMs >= settings.giveUpAfterMs) return undefined;
      const step = Math.min(settings.firstDelayMs * settings.factor ** (attempt - 1), settings.maxDelayMs);
      return step / 2 + (step / 2) * random;
    },
  };
}

/**
 * Signalling: the first new try comes almost at once, since most losses are a changed network; a server that restarts
 * gets its clients back spread over seconds.
 */
export const SIGNALLING_RETRY = backoff({ firstDelayMs: 400, factor: 2, maxDelayMs: 8_000, giveUpAfterMs: 600_000 });

/** Bridge channel: 1, 2, 4 … 60 s (wire note §6). */
export const CHANNEL_RETRY = backoff({ firstDelayMs: 1_000, factor: 2, maxDelayMs: 60_000, giveUpAfterMs: Infinity });
