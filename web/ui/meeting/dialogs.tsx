import { chatModeOf } from '../../client/moderation/chat-rights.ts';
import { RenameBreakoutDialog } from '../breakout/rename-dialog.tsx';
import { BreakoutTimerDialog } from '../breakout/timer-dialog.tsx';
import { t } from '../i18n/messages.ts';
import { DialOutDialog } from '../phone/dial-out-dialog.tsx';
import { JoinByPhoneDialog } from '../phone/join-by-phone-dialog.tsx';
import { SettingsDialog } from '../settings/lazy-settings.ts';
import type { Moderation } from '../settings/moderator-tab.tsx';
import { SpeakerStatsDialog } from '../speaker-stats/speaker-stats-dialog.tsx';
import { DetailsDialog, LeaveDialog } from './confirm-dialogs.tsx';
import { InviteDialog } from './invite.tsx';
import { ModerationDialogs } from './moderation-dialogs.tsx';
import type { DialogName, Session } from './session.ts';

interface DialogsProps {
  session: Session;
  dialog: DialogName;
  onLeave: () => void;
  onClose: () => void;
}

/** Every dialog of the meeting; they are fetched together. */
export function Dialogs({ session, dialog, onLeave, onClose }: DialogsProps) {
  switch (dialog.name) {
    case 'invite':
      return <InviteDialog session={session} onClose={onClose} />;
    case 'leave':
      return <LeaveDialog onLeave={onLeave} onClose={onClose} />;
    case 'rename-breakout':
      return <RenameBreakoutDialog session={session} room={dialog.room} onClose={onClose} />;
    case 'breakout-timer':
      return <BreakoutTimerDialog session={session} onClose={onClose} />;
    case 'speaker-stats':
      return <SpeakerStatsDialog session={session} onClose={onClose} />;
    case 'call-phone':
      return <DialOutDialog session={session} onClose={onClose} />;
    case 'join-by-phone':
      return <JoinByPhoneDialog telephone={session.telephone} onClose={onClose} />;
    case 'details':
      return <DetailsDialog title={t('common.details')} lines={dialog.lines} onClose={onClose} />;
    case 'connection':
      return (
        <DetailsDialog
          title={t('tool.connection')}
          summary={t(session.state.value.isDirect ? 'connection.direct' : 'connection.server')}
          lines={dialog.lines}
          onClose={onClose}
        />
      );
    case 'settings':
      return (
        <SettingsDialog
          media={session.media}
          initialTab={dialog.tab}
          onRename={(name) => session.meeting.setDisplayName(name)}
          isNameFixed={!session.tools.value.offersName}
          moderation={moderationOf(session)}
          onClose={onClose}
        />
      );
    default:
      return <ModerationDialogs session={session} dialog={dialog} onClose={onClose} />;
  }
}

function moderationOf({ state, meeting }: Session): Moderation | undefined {
  const { self, isLocked, lobby, permissions, reservations, breakout, startMuted } = state.value;
  if (!self.isModerator) return undefined;
  return {
    isAway: breakout.current !== undefined,
    isLocked,
    setPassword: (password) => meeting.setPassword(password),
    isLobbyOn: lobby.isOn,
    setLobbyOn: (isOn) => meeting.lobby.setOn(isOn),
    reserved: reservations.kinds,
    setReserved: (kind, isReserved) => meeting.moderation.setReserved(kind, isReserved),
    chatMode: chatModeOf(permissions),
    setChatMode: (mode) => meeting.moderation.setChatMode(mode),
    startMuted,
    setStartMuted: (next) => meeting.moderation.setStartMuted(next),
  };
}
