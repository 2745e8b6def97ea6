import { createHash } from 'node:crypto';

/** A page that is loaded again shows the same token. */
const RELOAD_MS = 60_000;
/** Homeservers give tokens for an hour; some may for longer. */
const REMEMBER_MS = 24 * 3_600_000;
const MAX_ENTRIES = 50_000;

interface Use {
  readonly roomId: string;
  readonly userId: string;
  readonly atMs: number;
}

/**
 * OpenID tokens that have been shown: each is for one conference and one login. They are bound to no audience, so whoever
 * gets hold of one (any other widget that the user once trusted) could show it here for as long as it lives.
 */
export class UsedTokens {
  readonly #now: () => number;
  /** By SHA-256, oldest first. */
  readonly #uses = new Map<string, Use>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a token may be shown for this room now, as far as is known before its owner is. */
  mayBeFor(openIdToken: string, roomId: string): boolean {
    const use = this.#uses.get(digest(openIdToken));
    return use === undefined || (use.roomId === roomId && this.#now() - use.atMs < RELOAD_MS);
  }

  /** @returns false where it has been used, except for the same room by the same user a moment ago. */
  claim(openIdToken: string, roomId: string, userId: string): boolean {
    const key = digest(openIdToken);
    const use = this.#uses.get(key);
    const nowMs = this.#now();
    if (use !== undefined) return use.roomId === roomId && use.userId === userId && nowMs - use.atMs < RELOAD_MS;
    this.#uses.set(key, { roomId, userId, atMs: nowMs });
    for (const [oldest, { atMs }] of this.#uses) {
      if (this.#uses.size <= MAX_ENTRIES && nowMs - atMs < REMEMBER_MS) break;
      this.#uses.delete(oldest);
    }
    return true;
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
