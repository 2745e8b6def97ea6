import type { MeetingState } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';

/** One sentence for those who invite. */
export function whoMayEnter({
  isLocked,
  lobby,
}: Pick<MeetingState, 'isLocked'> & { lobby: { isOn: boolean } }): string {
  if (lobby.isOn) return t(isLocked ? 'lobby.on-locked' : 'lobby.on');
  return t(isLocked ? 'invite.locked' : 'invite.open');
}
