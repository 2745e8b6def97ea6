import { randomBytes } from 'node:crypto';
import type { Member } from './member-rules.ts';

/** 144 bits: nobody guesses a cookie. */
const ID_BYTES = 18;
/** Above so many the oldest end; their people log in again. */
const MAX_SESSIONS = 10_000;

export interface MemberSession {
  readonly member: Member;
  /** For logging out at the provider. */
  readonly idToken: string;
  readonly endsAtMs: number;
}

/** People who have logged in at the provider, by what their browser's cookie says. In memory: a restart ends them. */
export class MemberSessions {
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  readonly #sessions = new Map<string, MemberSession>();

  constructor(lifetimeMs: number, now: () => number = Date.now) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** @returns its id, always a new one. */
  open(member: Member, idToken: string): string {
    const id = randomBytes(ID_BYTES).toString('base64url');
    this.#sessions.set(id, { member, idToken, endsAtMs: this.#now() + this.#lifetimeMs });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    return id;
  }

  find(id: string): MemberSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.endsAtMs > this.#now()) return session;
    this.#sessions.delete(id);
    return undefined;
  }

  /** @returns what it was. */
  close(id: string): MemberSession | undefined {
    const session = this.find(id);
    this.#sessions.delete(id);
    return session;
  }
}
