import type { BreakoutRoom } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import type { MenuEntry } from '../parts/menu-button.tsx';

export function breakoutName({ name, isMain }: Pick<BreakoutRoom, 'name' | 'isMain'>): string {
  return isMain ? t('breakout.main') : name;
}

/** “Room 3” where there are two, or the first number that is free. */
export function nextRoomName(session: Session): string {
  const { rooms } = session.state.peek().breakout;
  const names = new Set(rooms.map(({ name }) => name));
  for (let number = Math.max(1, rooms.length); ; number++) {
    const name = t('breakout.default-name', { number });
    if (!names.has(name)) return name;
  }
}

/** Where a moderator may send somebody who is in this room now. */
export function moveEntries(session: Session, id: string, from: string | undefined): readonly MenuEntry[] {
  const { rooms } = session.state.peek().breakout;
  return rooms
    .filter(({ jid, isMain }) => (from === undefined ? !isMain : jid !== from))
    .map((room) => ({
      kind: 'action',
      label: t('breakout.send-to', { name: breakoutName(room) }),
      icon: 'door-open',
      onSelect: () => void session.tell(session.meeting.breakout.send(id, room.jid)),
    }));
}
