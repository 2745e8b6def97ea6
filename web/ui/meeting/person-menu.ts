import type { Participant } from '../../client/meeting-types.ts';
import { moveEntries } from '../breakout/breakout-names.ts';
import { t } from '../i18n/messages.ts';
import type { MenuEntry } from '../parts/menu-button.tsx';
import { allowanceEntries } from './allowance.ts';
import { writableTo } from './chat-rights.ts';
import { cameraOf } from './people.ts';
import type { Session } from './session.ts';

/** What one may do with another person: the same in the list and on the tile. */
export function personMenu(session: Session, person: Participant): readonly MenuEntry[] {
  const { moderation } = session.meeting;
  const { isModerator } = session.state.peek().self;
  const { offersKick, offersGrantModerator } = session.tools.peek();
  const isPinned = session.pinned.peek() === person.id;
  const entries: MenuEntry[] = [];
  // Whole, where the list and the tile may have cut it.
  if (person.matrixId !== undefined) entries.push({ kind: 'heading', label: person.matrixId });
  if (isModerator && !person.isMicrophoneMuted) {
    entries.push({
      kind: 'action',
      label: t('person.mute'),
      icon: 'mic-off',
      onSelect: () => void session.tell(moderation.mute(person.id, 'audio')),
    });
  }
  if (isModerator && session.state.peek().participants.length > 1) {
    entries.push({
      kind: 'action',
      label: t('person.mute-others'),
      icon: 'mic-off',
      onSelect: () => {
        session.dialog.value = { name: 'mute-everyone', except: person.id };
      },
    });
  }
  const camera = cameraOf(person);
  if (isModerator && camera && !camera.isMuted) {
    entries.push({
      kind: 'action',
      label: t('person.stop-camera'),
      icon: 'video-off',
      onSelect: () => void session.tell(moderation.mute(person.id, 'video')),
    });
  }
  if (isModerator && person.sources.some((source) => source.videoType === 'desktop' && !source.isMuted)) {
    entries.push({
      kind: 'action',
      label: t('person.stop-share'),
      icon: 'screen-share-off',
      onSelect: () => void session.tell(moderation.mute(person.id, 'desktop')),
    });
  }
  entries.push(...allowanceEntries(session, person));
  if (isModerator && person.handRaisedAtMs !== undefined) {
    entries.push({
      kind: 'action',
      label: t('hand.lower'),
      icon: 'hand',
      onSelect: () => void session.tell(moderation.lowerHand(person.id)),
    });
  }
  entries.push({
    kind: 'action',
    label: t(isPinned ? 'person.unpin' : 'person.pin'),
    icon: isPinned ? 'pin-off' : 'pin',
    onSelect: () => session.pin(person.id),
  });
  if (writableTo(session.state.peek()).includes(person)) {
    entries.push({
      kind: 'action',
      label: t('person.write'),
      icon: 'lock',
      onSelect: () => session.writePrivately(person.id),
    });
  }
  if (!isModerator) return [...entries, ...ownCallEntries(session, person)];
  const moves = moveEntries(session, person.id, session.state.peek().breakout.current);
  if (moves.length > 0) entries.push({ kind: 'separator' }, ...moves);
  const canBeModerator = offersGrantModerator && !person.isModerator && person.phone === undefined;
  if (canBeModerator || offersKick) entries.push({ kind: 'separator' });
  if (canBeModerator) {
    entries.push({
      kind: 'action',
      label: t('person.make-moderator'),
      icon: 'shield',
      onSelect: () => {
        session.dialog.value = { name: 'make-moderator', id: person.id };
      },
    });
  }
  if (!offersKick) return entries;
  entries.push({
    kind: 'action',
    label: t(person.phone === undefined ? 'person.remove' : 'phone.hang-up'),
    icon: person.phone === undefined ? 'log-out' : 'phone-off',
    isDanger: true,
    onSelect: () => {
      session.dialog.value = { name: 'remove', id: person.id };
    },
  });
  return entries;
}

/** Who had a telephone called may end that call; moderators end any. */
function ownCallEntries(session: Session, { id, phone }: Participant): readonly MenuEntry[] {
  if (phone === undefined || !session.meeting.phones.isOwn(id)) return [];
  return [
    { kind: 'separator' },
    {
      kind: 'action',
      label: t('phone.hang-up'),
      icon: 'phone-off',
      isDanger: true,
      onSelect: () => void session.tell(session.meeting.phones.hangUp(id)),
    },
  ];
}
