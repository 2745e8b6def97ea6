/** When something is sent again over UDP, and how long it waits after that. */
export interface Resend {
  readonly atMs: number;
  readonly afterMs: number;
}

/** The first wait; none over a transport that loses nothing. */
export function firstResend(nowMs: number, t1Ms: number, isReliable: boolean): Resend | undefined {
  return isReliable ? undefined : { atMs: nowMs + t1Ms, afterMs: t1Ms };
}

/** Doubled, up to the longest wait: timers A (without one), E and G. */
export function nextResend(resend: Resend, nowMs: number, longestMs = Infinity): Resend {
  const afterMs = Math.min(resend.afterMs * 2, longestMs);
  return { atMs: nowMs + afterMs, afterMs };
}

/** The earlier of two deadlines, each perhaps absent. */
export function earlier(first: number | undefined, second: number | undefined): number | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return Math.min(first, second);
}
