import type { MeetingState } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import type { Sentence } from './announcements.ts';
import { nameOf } from './people.ts';

/** Whether somebody has come to the door since. */
export function hasKnocked(before: MeetingState, after: MeetingState): boolean {
  return newcomers(before, after).length > 0;
}

/** What to speak of the lobby to moderators. Who waits reads the messages in a live region of its page. */
export function lobbySentences(before: MeetingState, after: MeetingState): Sentence[] {
  if (before.lobby === after.lobby) return [];
  const known = new Set(before.lobby.messages.map(({ id }) => id));
  const written = after.lobby.messages.filter((m) => m.with !== undefined && !m.isOwn && !known.has(m.id));
  return [
    ...newcomers(before, after).map((name) => t('lobby.announce', { name })),
    ...written.map(({ fromName, text }) => t('lobby.announce-message', { name: nameOf(fromName), text })),
  ].map((text) => ({ text, urgency: 'polite' }));
}

function newcomers(before: MeetingState, after: MeetingState): string[] {
  if (before.lobby.knockers === after.lobby.knockers) return [];
  const known = new Set(before.lobby.knockers.map(({ id }) => id));
  return after.lobby.knockers.filter(({ id }) => !known.has(id)).map(({ displayName }) => nameOf(displayName));
}
