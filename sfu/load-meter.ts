import type { WorkerPool } from './worker-pool.ts';

/** How busy the workers are, from their processor time. */
export class LoadMeter {
  readonly #pool: WorkerPool;
  /** By worker port: processor time and when it was read, in milliseconds. */
  readonly #last = new Map<number, { readonly usedMs: number; readonly atMs: number }>();

  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  /** @returns the busiest worker's share of its core since the last call, 0 … 1. */
  async measure(): Promise<number> {
    const shares = await Promise.all(
      this.#pool.workers.map(async ({ worker, port }) => {
        const usage = await worker.getResourceUsage();
        const now = { usedMs: usage.ru_utime + usage.ru_stime, atMs: performance.now() };
        const last = this.#last.get(port);
        this.#last.set(port, now);
        // A replaced worker begins at 0 again.
        if (last === undefined || now.usedMs < last.usedMs) return 0;
        return (now.usedMs - last.usedMs) / Math.max(1, now.atMs - last.atMs);
      }),
    );
    return Math.min(1, Math.max(0, ...shares));
  }
}
