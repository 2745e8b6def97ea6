import type { DialOutDays } from './dial-out-days.ts';

export interface DialOutLimits {
  /** Calls of one tenant at the same time. */
  readonly concurrentCalls: number;
  /** Calls of one tenant within 24 hours of the first. */
  readonly callsPerDay: number;
}

export type DialOutRefusal = 'too-many-now' | 'too-many-today';

/** Counts calls out by tenant, so that one that is robbed or runs wild costs no more than its limits. */
export class DialOutBudget {
  readonly #limits: DialOutLimits;
  readonly #days: DialOutDays;
  /** Calls that go on, by tenant; who has none is not there. */
  readonly #concurrent = new Map<string, number>();

  constructor(limits: DialOutLimits, days: DialOutDays) {
    this.#limits = limits;
    this.#days = days;
  }

  /** Books a call, to be ended with `end`; or says why not, and books nothing. @param nowMs milliseconds since 1970 */
  begin(tenant: string, nowMs: number): DialOutRefusal | undefined {
    const concurrent = this.#concurrent.get(tenant) ?? 0;
    if (concurrent >= this.#limits.concurrentCalls) return 'too-many-now';
    if (this.#days.callsOf(tenant, nowMs) >= this.#limits.callsPerDay) return 'too-many-today';
    this.#days.add(tenant, nowMs);
    this.#concurrent.set(tenant, concurrent + 1);
    return undefined;
  }

  /** Once for every call that was booked. */
  end(tenant: string): void {
    const concurrent = this.#concurrent.get(tenant) ?? 0;
    if (concurrent > 1) this.#concurrent.set(tenant, concurrent - 1);
    else this.#concurrent.delete(tenant);
  }
}
