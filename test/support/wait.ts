import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Polls until the condition gives something truthy, and returns that. A condition that throws counts as not yet true:
 * pages navigate and elements go while one looks at them.
 * @param what what is missing, for the error; a function is asked when the time is up
 * @throws Error naming what was not yet true, with the condition's last error as its cause
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  what: string | (() => string | Promise<string>),
  { timeoutMs = 15_000, intervalMs = 100 }: WaitOptions = {},
): Promise<NonNullable<Exclude<Value, false>>> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as NonNullable<Exclude<Value, false>>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) break;
    await delay(intervalMs);
  }
  const missing = typeof what === 'string' ? what : await what();
  throw new Error(`not within ${timeoutMs / 1000} s: ${missing}`, { cause });
}
