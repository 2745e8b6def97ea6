/** Requests of one session that may wait at the same time; clients have one or two. */
const MAX_WAITING = 32;

/**
 * Requests handed to a component that may not be running: who asked gets exactly one answer, the component's or, when
 * none comes in time, an error from here.
 */
export class AwaitedAnswers {
  readonly #timeoutMs: number;
  readonly #timers = new Map<string, Map<string, NodeJS.Timeout>>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @param jid who asks. @param id of its request.
   * @returns false when it has too many requests waiting, or this very one.
   */
  expect(jid: string, id: string, missed: () => void): boolean {
    const waiting = this.#timers.get(jid) ?? new Map<string, NodeJS.Timeout>();
    if (waiting.size >= MAX_WAITING || waiting.has(id)) return false;
    const timer = setTimeout(() => {
      this.settle(jid, id);
      missed();
    }, this.#timeoutMs);
    timer.unref();
    waiting.set(id, timer);
    this.#timers.set(jid, waiting);
    return true;
  }

  /** An answer has come. @returns whether anybody still waits for it. */
  settle(jid: string, id: string): boolean {
    const waiting = this.#timers.get(jid);
    const timer = waiting?.get(id);
    if (waiting === undefined || timer === undefined) return false;
    clearTimeout(timer);
    waiting.delete(id);
    if (waiting.size === 0) this.#timers.delete(jid);
    return true;
  }

  /** Nobody is there any more to be answered. */
  forget(jid: string): void {
    for (const timer of this.#timers.get(jid)?.values() ?? []) clearTimeout(timer);
    this.#timers.delete(jid);
  }
}
