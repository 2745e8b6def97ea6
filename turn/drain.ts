import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;

/** A relay that admits nobody new, and how long it waits for those who are there; both are asked again and again. */
export interface Draining {
  readonly allocations: () => number;
  readonly limits: () => { readonly seconds: number; readonly minAllocations: number };
}

/** Resolves when few enough allocations are left or their time is over. Rejects when aborted. */
export async function untilFewAreLeft({ allocations, limits }: Draining, signal: AbortSignal): Promise<void> {
  const beganMs = performance.now();
  for (;;) {
    // Also where nobody is left: whoever asked for it gets an answer first.
    await delay(POLL_MS, undefined, { signal });
    const { seconds, minAllocations } = limits();
    if (allocations() <= minAllocations || performance.now() - beganMs >= seconds * 1000) return;
  }
}
