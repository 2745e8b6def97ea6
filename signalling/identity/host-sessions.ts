import { randomBytes } from 'node:crypto';
import type { AccountHolder } from './identity.ts';

/** 144 bits: nobody guesses the id that makes a guest a host. */
const ID_BYTES = 18;
/** A working day; after it the host logs in again. */
const LIFETIME_MS = 12 * 3_600_000;
/** Above so many the oldest are forgotten; their hosts log in again. */
const MAX_SESSIONS = 10_000;

interface HostSession {
  readonly identity: AccountHolder;
  readonly machineUid: string | undefined;
  readonly endsAtMs: number;
}

/**
 * What a host who has logged in once may show afterwards on its connection as a guest (wire note §3.3, "secure domain").
 * Kept in memory: a restart ends them.
 */
export class HostSessions {
  readonly #now: () => number;
  readonly #sessions = new Map<string, HostSession>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param machineUid random id of the browser; the session counts together with it only. */
  open(identity: AccountHolder, machineUid: string | undefined): string {
    const id = randomBytes(ID_BYTES).toString('base64url');
    this.#sessions.set(id, { identity, machineUid, endsAtMs: this.#now() + LIFETIME_MS });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    return id;
  }

  find(id: string, machineUid: string | undefined): AccountHolder | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.machineUid !== machineUid) return undefined;
    if (session.endsAtMs > this.#now()) return session.identity;
    this.#sessions.delete(id);
    return undefined;
  }

  close(id: string): void {
    this.#sessions.delete(id);
  }
}
