import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;

/** A role that admits nobody new, and how long it waits for those who are there; both are asked again and again. */
export interface Draining {
  /** Those who are still there: calls, allocations. */
  readonly remaining: () => number;
  /** @member least with no more than these left nobody waits any longer */
  readonly limits: () => { readonly seconds: number; readonly least: number };
}

/** Resolves when few enough are left or their time is over. Rejects when aborted. */
export async function untilFewAreLeft({ remaining, limits }: Draining, signal?: AbortSignal): Promise<void> {
  const beganMs = performance.now();
  for (;;) {
    // Also where nobody is left: whoever asked for it gets an answer first.
    await delay(POLL_MS, undefined, signal && { signal });
    const { seconds, least } = limits();
    if (remaining() <= least || performance.now() - beganMs >= seconds * 1000) return;
  }
}
