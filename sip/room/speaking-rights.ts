import type { AvModerationNotice } from '#protocol/xmpp/av-moderation.ts';

/** Whether a caller may speak: under AV moderation only with a moderator's approval (wire note §7.3). */
export interface SpeakingRights {
  readonly isReserved: boolean;
  readonly isApproved: boolean;
}

export const FREE_TO_SPEAK: SpeakingRights = { isReserved: false, isApproved: false };

export function maySpeak({ isReserved, isApproved }: SpeakingRights): boolean {
  return !isReserved || isApproved;
}

/** The rights after a notice of the component. */
export function withNotice(rights: SpeakingRights, notice: AvModerationNotice): SpeakingRights {
  if (notice.mediaType !== 'audio') return rights;
  // Switched on or off for all: approvals of before are void.
  if ('enabled' in notice) return { isReserved: notice.enabled, isApproved: false };
  // Who may speak is told to moderators alone.
  if ('whitelists' in notice) return rights;
  if (notice.approved === true) return { ...rights, isApproved: true };
  return notice.removed === true ? { ...rights, isApproved: false } : rights;
}
