import type { AvModerationNotice } from '#protocol/xmpp/av-moderation.ts';
import { resourceOf } from '#protocol/xmpp/jid.ts';
import type { MuteKind } from '#protocol/xmpp/mute.ts';
import type { Occupant } from './occupant.ts';

export const MUTE_KINDS = ['audio', 'video', 'desktop'] as const satisfies readonly MuteKind[];

interface Moderation {
  /** Occupant address of who switched it on. */
  readonly actor: string;
  /** Nicks of those who may send. */
  readonly approved: ReadonlySet<string>;
}

/** Which kinds of media a room's moderators have reserved, and for whom (wire note §7.3); signalling says so. */
export class AvModeration {
  readonly #moderated = new Map<MuteKind, Moderation>();

  apply(notice: AvModerationNotice): void {
    if ('enabled' in notice) {
      const { mediaType, enabled, actor } = notice;
      if (enabled) this.#moderated.set(mediaType, { actor, approved: new Set() });
      else this.#moderated.delete(mediaType);
    } else if ('whitelists' in notice) {
      for (const [kind, moderation] of this.#moderated) {
        const approved = (notice.whitelists[kind] ?? []).flatMap((address) => resourceOf(address) ?? []);
        this.#moderated.set(kind, { ...moderation, approved: new Set(approved) });
      }
    }
  }

  /** Who forbade somebody to send a kind of media; undefined: it may. */
  forbiddenBy(kind: MuteKind, { nick, isModerator }: Pick<Occupant, 'nick' | 'isModerator'>): string | undefined {
    const moderation = this.#moderated.get(kind);
    return moderation === undefined || isModerator || moderation.approved.has(nick) ? undefined : moderation.actor;
  }
}
