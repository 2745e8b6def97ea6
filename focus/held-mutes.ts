import type { MuteKind } from '#protocol/xmpp/mute.ts';

/** Why the bridge holds a kind of somebody's media back: a moderator muted it, or only approved people may send it. */
export type MuteCause = 'moderator' | 'moderation';

/** What the bridge holds back of one person, and why; it flows again when no cause is left. */
export class HeldMutes {
  readonly #causes = new Map<MuteKind, Set<MuteCause>>();

  /** @returns whether the bridge must do something else now. */
  set(kind: MuteKind, cause: MuteCause, isHeld: boolean): boolean {
    const wasHeld = this.isHeld(kind);
    const causes = this.#causes.get(kind) ?? new Set();
    this.#causes.set(kind, causes);
    if (isHeld) causes.add(cause);
    else causes.delete(cause);
    return this.isHeld(kind) !== wasHeld;
  }

  has(kind: MuteKind, cause: MuteCause): boolean {
    return this.#causes.get(kind)?.has(cause) ?? false;
  }

  isHeld(kind: MuteKind): boolean {
    return (this.#causes.get(kind)?.size ?? 0) > 0;
  }

  /** Every kind that was ever held, for a bridge that may remember how it was: a mute outlives a session there. */
  all(): readonly (readonly [MuteKind, boolean])[] {
    return [...this.#causes.keys()].map((kind) => [kind, this.isHeld(kind)]);
  }
}
