import { UNLIMITED } from './receiver-constraints.ts';

/**
 * What a sender is told about one of its sources: the largest height that anybody wants (wire note §6.1,
 * `SenderSourceConstraints`), so that it encodes no layer that nobody watches. More is asked for at once, less only when
 * it has been enough for a while: switching layers costs a key frame, and people flip between views.
 */
export const LOWERING_DELAY_MS = 5_000;

export interface SenderConstraint {
  /** Last said to the sender; undefined: nothing yet. */
  readonly sentHeight: number | undefined;
  /** Since when less than that would do; milliseconds. */
  readonly lowerSinceMs?: number;
}

export const NOTHING_SAID: SenderConstraint = { sentHeight: undefined };

export interface SenderConstraintStep {
  readonly state: SenderConstraint;
  /** Say this height now. */
  readonly send?: number;
  /** Call again at this time, though nothing else changes. */
  readonly nextAtMs?: number;
}

/** @param wish from {@link strongestWish}. */
export function step(state: SenderConstraint, wish: number, nowMs: number): SenderConstraintStep {
  const { sentHeight, lowerSinceMs } = state;
  if (sentHeight !== undefined && sentHeight === wish) return { state: { sentHeight } };
  if (sentHeight === undefined || isHigher(wish, sentHeight)) return { state: { sentHeight: wish }, send: wish };
  const sinceMs = lowerSinceMs ?? nowMs;
  const dueMs = sinceMs + LOWERING_DELAY_MS;
  if (nowMs >= dueMs) return { state: { sentHeight: wish }, send: wish };
  return { state: { sentHeight, lowerSinceMs: sinceMs }, nextAtMs: dueMs };
}

/** The largest of the receivers' heights, 0 if there is none. */
export function strongestWish(heights: Iterable<number>): number {
  let strongest = 0;
  for (const height of heights) if (isHigher(height, strongest)) strongest = height;
  return strongest;
}

function isHigher(a: number, b: number): boolean {
  return (a === UNLIMITED ? Infinity : a) > (b === UNLIMITED ? Infinity : b);
}
