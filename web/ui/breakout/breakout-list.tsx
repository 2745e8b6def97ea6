import type { BreakoutPerson, BreakoutRoom } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { nameOf } from '../meeting/people.ts';
import type { Session } from '../meeting/session.ts';
import { Avatar } from '../parts/avatar.tsx';
import { MatrixId } from '../parts/matrix-id.tsx';
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx';
import { breakoutName, moveEntries, nextRoomName } from './breakout-names.ts';
import { ClosingTime, moreTime } from './closing-time.tsx';

/** The rooms beside this one: who is there, the way in, and for moderators what to do with them. */
export function BreakoutList({ session }: { session: Session }) {
  const { breakout, self } = session.state.value;
  const { isModerator } = self;
  const rooms = breakout.rooms.filter((room) => room.jid !== breakout.current && !(room.isMain && !breakout.current));
  const count = breakout.rooms.filter(({ isMain }) => !isMain).length;
  if (!isModerator && rooms.length === 0) return null;
  return (
    <section aria-labelledby="people-breakout">
      <h3 id="people-breakout">{t('breakout.title', { count })}</h3>
      <ClosingTime session={session} />
      <ul class="breakout-rooms">
        {rooms.map((room) => (
          <RoomRow key={room.jid} room={room} session={session} />
        ))}
      </ul>
      {isModerator && <Actions session={session} count={count} />}
    </section>
  );
}

function RoomRow({ room, session }: { room: BreakoutRoom; session: Session }) {
  const { isModerator } = session.state.value.self;
  const name = breakoutName(room);
  return (
    <li class="breakout-room">
      <div class="breakout-head">
        <b class="cut" title={name}>
          <bdi>{name}</bdi>
        </b>
        <span class="hint">{t('breakout.people', { count: room.people.length })}</span>
        <button
          type="button"
          class="button"
          aria-label={t('breakout.join', { name })}
          onClick={() => void session.tell(session.meeting.breakout.join(room.jid))}
        >
          {t('breakout.join-short')}
        </button>
        {isModerator && !room.isMain && (
          <MenuButton
            label={t('breakout.actions', { name })}
            className="icon-button"
            side="below"
            align="end"
            entries={() => roomMenu(session, room)}
          >
            <Icon name="ellipsis" />
          </MenuButton>
        )}
      </div>
      {room.people.length > 0 && (
        <ul>
          {room.people.map((person) => (
            <PersonThere key={person.id} person={person} room={room} session={session} />
          ))}
        </ul>
      )}
    </li>
  );
}

function PersonThere({ person, room, session }: { person: BreakoutPerson; room: BreakoutRoom; session: Session }) {
  const name = nameOf(person.displayName);
  return (
    <li class="person">
      <Avatar id={person.id} name={name} size="s" />
      <span class="person-name">
        <bdi class="cut">{name}</bdi>
        {person.matrixId !== undefined && <MatrixId id={person.matrixId} />}
      </span>
      {session.state.value.self.isModerator && (
        <MenuButton
          label={t('tile.more', { name })}
          className="icon-button"
          side="below"
          align="end"
          entries={() => moveEntries(session, person.id, room.jid)}
        >
          <Icon name="ellipsis" />
        </MenuButton>
      )}
    </li>
  );
}

function roomMenu(session: Session, room: BreakoutRoom): readonly MenuEntry[] {
  const { breakout } = session.meeting;
  return [
    {
      kind: 'action',
      label: t('breakout.rename'),
      icon: 'pencil',
      onSelect: () => {
        session.dialog.value = { name: 'rename-breakout', room: room.jid };
      },
    },
    ...(room.people.length > 0
      ? [
          {
            kind: 'action',
            label: t('breakout.close'),
            icon: 'undo-2',
            onSelect: () => void session.tell(breakout.bringBack(room.jid)),
          } as const,
        ]
      : []),
    {
      kind: 'action',
      label: t('breakout.remove'),
      icon: 'trash-2',
      isDanger: true,
      onSelect: () => void session.tell(breakout.remove(room.jid)),
    },
  ];
}

function Actions({ session, count }: { session: Session; count: number }) {
  const { breakout } = session.meeting;
  const { rooms } = session.state.value.breakout;
  const hasPeopleAway = rooms.some(({ isMain, people }) => !isMain && people.length > 0);
  const isAssignable = rooms.some(({ isMain, people }) => isMain && people.some(({ isModerator }) => !isModerator));
  return (
    <div class="breakout-actions">
      <button type="button" class="button" onClick={() => void session.tell(breakout.add(nextRoomName(session)))}>
        <Icon name="plus" size="m" />
        {t('breakout.add')}
      </button>
      {count > 0 && isAssignable && (
        <button type="button" class="button" onClick={() => void session.tell(breakout.assign())}>
          <Icon name="shuffle" size="m" />
          {t('breakout.assign')}
        </button>
      )}
      {hasPeopleAway && (
        <button type="button" class="button" onClick={() => void session.tell(breakout.bringBack())}>
          <Icon name="undo-2" size="m" />
          {t('breakout.bring-back')}
        </button>
      )}
      {count > 0 && <TimerActions session={session} />}
    </div>
  );
}

function TimerActions({ session }: { session: Session }) {
  const { breakout } = session.meeting;
  if (session.state.value.breakout.endsAtMs === undefined) {
    return (
      <button
        type="button"
        class="button"
        onClick={() => {
          session.dialog.value = { name: 'breakout-timer' };
        }}
      >
        <Icon name="clock" size="m" />
        {t('breakout.set-timer')}
      </button>
    );
  }
  return (
    <>
      <button type="button" class="button" onClick={() => void session.tell(moreTime(session))}>
        <Icon name="plus" size="m" />
        {t('breakout.more-time')}
      </button>
      <button type="button" class="button" onClick={() => void session.tell(breakout.stopTimer())}>
        <Icon name="x" size="m" />
        {t('breakout.stop-timer')}
      </button>
    </>
  );
}
