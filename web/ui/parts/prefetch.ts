import type { LoadProblem } from './load-failure.tsx';

interface Prefetchable {
  preload(): Promise<LoadProblem | undefined>;
}

/** Where the browser does not say when it is idle. */
const PATIENCE_MS = 2_000;

/**
 * Fetches, one after another and whenever the page has nothing else to do, what may be opened later (design §10): it then
 * opens at once, also without a network.
 */
export async function prefetchWhenIdle(parts: readonly Prefetchable[], stop: AbortSignal): Promise<void> {
  for (const part of parts) {
    await idle();
    if (stop.aborted) return;
    await part.preload();
  }
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => resolve());
    else setTimeout(resolve, PATIENCE_MS);
  });
}
