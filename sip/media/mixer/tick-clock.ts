/** How long a frame is. */
export const TICK_MS = 20;
/** After a pause so many ticks are made up for; what is older nobody wants to hear any more. */
const MAX_CATCH_UP = 3;

/** Which ticks are due, on a clock that does not drift: every tick has its time, however late the one before it was. */
export class TickClock {
  #nextAtMs: number;

  constructor(nowMs: number) {
    this.#nextAtMs = nowMs + TICK_MS;
  }

  /** How long until the next tick; 0 when it is due. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#nextAtMs - nowMs);
  }

  /** Takes what is due. @returns ticks to run, ticks left out, and how late the first of them is */
  take(nowMs: number): { ticks: number; skipped: number; lateMs: number } {
    const lateMs = nowMs - this.#nextAtMs;
    if (lateMs < 0) return { ticks: 0, skipped: 0, lateMs: 0 };
    const due = 1 + Math.floor(lateMs / TICK_MS);
    this.#nextAtMs += due * TICK_MS;
    const ticks = Math.min(due, MAX_CATCH_UP);
    return { ticks, skipped: due - ticks, lateMs };
  }
}
