/** How often a client may ask for a new session: the reference's figures (wire note §5.10). */
export const MIN_RESTART_INTERVAL_MS = 5_000;
export const MAX_RESTARTS_PER_WINDOW = 5;
export const RESTART_WINDOW_MS = 60_000;

/**
 * Whether another restart is allowed now.
 * @param earlier times of the restarts that were allowed, ms, oldest first.
 * @returns the times to remember, with this one; undefined when it is refused.
 */
export function admitRestart(earlier: readonly number[], now: number): readonly number[] | undefined {
  const recent = earlier.filter((time) => now - time < RESTART_WINDOW_MS);
  const last = recent.at(-1);
  if (last !== undefined && now - last < MIN_RESTART_INTERVAL_MS) return undefined;
  return recent.length < MAX_RESTARTS_PER_WINDOW ? [...recent, now] : undefined;
}

/** The restarts of one kind that one client asked for. */
export class RestartLimit {
  #times: readonly number[] = [];

  /** Whether it may have another one now; if so, it counts. */
  admit(now: number): boolean {
    const times = admitRestart(this.#times, now);
    if (times === undefined) return false;
    this.#times = times;
    return true;
  }
}
