export interface DialOutLimits {
  /** Calls of one tenant at the same time. */
  readonly concurrentCalls: number;
  /** Calls of one tenant within 24 hours of the first. */
  readonly callsPerDay: number;
}

export type DialOutRefusal = 'too-many-now' | 'too-many-today';

interface Tenant {
  concurrentCalls: number;
  dayStartMs: number;
  callsToday: number;
}

const DAY_MS = 86_400_000;

/** Counts calls out by tenant, so that one that is robbed or runs wild costs no more than its limits. */
export class DialOutBudget {
  readonly #limits: DialOutLimits;
  readonly #tenants = new Map<string, Tenant>();

  constructor(limits: DialOutLimits) {
    this.#limits = limits;
  }

  /** Books a call, to be ended with `end`; or says why not, and books nothing. */
  begin(tenant: string, nowMs: number): DialOutRefusal | undefined {
    this.#forgetIdle(nowMs);
    const counts = this.#tenants.get(tenant) ?? { concurrentCalls: 0, dayStartMs: nowMs, callsToday: 0 };
    if (nowMs - counts.dayStartMs >= DAY_MS) {
      counts.dayStartMs = nowMs;
      counts.callsToday = 0;
    }
    if (counts.concurrentCalls >= this.#limits.concurrentCalls) return 'too-many-now';
    if (counts.callsToday >= this.#limits.callsPerDay) return 'too-many-today';
    counts.concurrentCalls++;
    counts.callsToday++;
    this.#tenants.set(tenant, counts);
    return undefined;
  }

  /** Once for every call that was booked. */
  end(tenant: string): void {
    const counts = this.#tenants.get(tenant);
    if (counts !== undefined) counts.concurrentCalls = Math.max(0, counts.concurrentCalls - 1);
  }

  #forgetIdle(nowMs: number): void {
    for (const [tenant, { concurrentCalls, dayStartMs }] of this.#tenants) {
      if (concurrentCalls === 0 && nowMs - dayStartMs >= DAY_MS) this.#tenants.delete(tenant);
    }
  }
}
