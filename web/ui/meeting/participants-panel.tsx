import { useState } from 'preact/hooks';
import type { Participant } from '../../client/meeting-types.ts';
import { BreakoutList } from '../breakout/breakout-list.tsx';
import { currentLanguage, t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { MatrixId } from '../parts/matrix-id.tsx';
import { MenuButton } from '../parts/menu-button.tsx';
import { Panel } from '../parts/panel.tsx';
import { callStatus } from '../phone/call-status.ts';
import { AllowButtons } from './hand-requests.tsx';
import { LobbyList } from './lobby-list.tsx';
import { ModeratorActions } from './moderator-actions.tsx';
import { handOrder, nameOf } from './people.ts';
import { personMenu } from './person-menu.ts';
import type { Session } from './session.ts';

/** From so many people on one may search. */
const SEARCH_FROM = 8;

export function ParticipantsPanel({ session }: { session: Session }) {
  const [search, setSearch] = useState('');
  const state = session.state.value;
  const { self, participants } = state;
  const hands = handOrder(state);
  const matches = (name: string, matrixId = '') =>
    foldForSearch(`${name}\n${matrixId}`).includes(foldForSearch(search));
  const isSelfFound = matches(self.displayName, self.matrixId);
  const raised = [...hands].filter(([id]) => {
    const person = participants.find((one) => one.id === id);
    return person ? matches(nameOf(person.displayName), person.matrixId) : isSelfFound;
  });
  const others = sorted(participants.filter((person) => matches(nameOf(person.displayName), person.matrixId)));
  const here = others.filter(({ id, phone }) => !hands.has(id) && phone === undefined);
  const byPhone = others.filter(({ id, phone }) => !hands.has(id) && phone !== undefined);
  const isSelfHere = isSelfFound && !hands.has(self.id);
  const total = participants.length + 1;
  return (
    <Panel
      title={t('tool.participants')}
      className="panel-participants"
      onClose={() => {
        session.panel.value = undefined;
      }}
      actions={
        <button
          type="button"
          class="icon-button"
          aria-label={t('tool.invite')}
          data-tip={t('tool.invite')}
          onClick={() => {
            session.dialog.value = { name: 'invite' };
          }}
        >
          <Icon name="user-plus" />
        </button>
      }
      footer={self.isModerator && participants.length > 0 ? <ModeratorActions session={session} /> : undefined}
    >
      <div class="panel-body people" tabIndex={-1}>
        {total >= SEARCH_FROM && (
          <div class="search">
            <Icon name="search" size="m" />
            <input
              class="input"
              type="search"
              aria-label={t('people.search')}
              placeholder={t('people.search')}
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
          </div>
        )}
        <LobbyList session={session} />
        {raised.length > 0 && (
          <section aria-labelledby="people-hands">
            <h3 id="people-hands">{t('people.hands', { count: raised.length })}</h3>
            <ul>
              {raised.map(([id, order]) => {
                const person = participants.find((one) => one.id === id);
                return person ? (
                  <PersonRow key={id} session={session} person={person} order={order} />
                ) : (
                  <SelfRow key={id} session={session} order={order} />
                );
              })}
            </ul>
          </section>
        )}
        {(search !== '' || isSelfHere || here.length > 0) && (
          <section aria-labelledby="people-here">
            <h3 id="people-here">{t('people.here', { count: total })}</h3>
            <ul>
              {isSelfHere && <SelfRow session={session} order={undefined} />}
              {here.map((person) => (
                <PersonRow key={person.id} session={session} person={person} order={undefined} />
              ))}
            </ul>
            {search !== '' && others.length === 0 && <p class="hint">{t('people.none')}</p>}
          </section>
        )}
        {byPhone.length > 0 && (
          <section aria-labelledby="people-by-phone">
            <h3 id="people-by-phone">{t('phone.people', { count: byPhone.length })}</h3>
            <ul>
              {byPhone.map((person) => (
                <PersonRow key={person.id} session={session} person={person} order={undefined} />
              ))}
            </ul>
          </section>
        )}
        <BreakoutList session={session} />
      </div>
    </Panel>
  );
}

function SelfRow({ session, order }: { session: Session; order: number | undefined }) {
  const { self } = session.state.value;
  const isLive = session.media.isMicrophoneLive.value;
  return (
    <li class="person">
      <Avatar id={self.id} name={nameOf(self.displayName)} picture={self.pictureUrl} />
      <span class="person-name">
        <b class="cut">
          <bdi>{self.displayName === '' ? t('tile.you') : t('tile.name-you', { name: self.displayName })}</bdi>
        </b>
        {self.matrixId !== undefined && <MatrixId id={self.matrixId} />}
        <Details order={order} isModerator={self.isModerator} />
      </span>
      {order !== undefined && <Icon name="hand" size="m" />}
      <MicrophoneMark isLive={isLive} />
    </li>
  );
}

interface PersonRowProps {
  session: Session;
  person: Participant;
  order: number | undefined;
}

function PersonRow({ session, person, order }: PersonRowProps) {
  const name = nameOf(person.displayName);
  return (
    <li class="person">
      <Avatar id={person.id} name={name} isPhone={person.phone !== undefined} picture={person.pictureUrl} />
      <span class="person-name">
        <b class="cut" title={name}>
          <bdi>{name}</bdi>
        </b>
        {person.matrixId !== undefined && <MatrixId id={person.matrixId} />}
        <Details order={order} isModerator={person.isModerator} call={callStatus(person)} />
      </span>
      {order !== undefined && <Icon name="hand" size="m" />}
      {order !== undefined && <AllowButtons session={session} person={person} />}
      <MicrophoneMark isLive={!person.isMicrophoneMuted} />
      <MenuButton
        label={t('tile.more', { name })}
        className="icon-button"
        side="below"
        align="end"
        entries={() => personMenu(session, person)}
      >
        <Icon name="ellipsis" />
      </MenuButton>
    </li>
  );
}

interface DetailsProps {
  order: number | undefined;
  isModerator: boolean;
  /** What is unusual about a telephone's call. */
  call?: string | undefined;
}

function Details({ order, isModerator, call }: DetailsProps) {
  const details = [
    order !== undefined && t('people.hand-order', { order }),
    isModerator && t('people.moderator'),
    call,
  ].filter((detail) => detail !== false && detail !== undefined);
  return details.length > 0 ? <small>{details.join(', ')}</small> : null;
}

function MicrophoneMark({ isLive }: { isLive: boolean }) {
  return (
    <>
      <Icon name={isLive ? 'mic' : 'mic-off'} size="m" className={isLive ? 'is-live' : 'is-muted'} />
      <span class="visually-hidden">{t(isLive ? 'people.microphone-on' : 'tile.microphone-off')}</span>
    </>
  );
}

/** Moderators first, then by name as this language sorts. */
function sorted(people: readonly Participant[]): Participant[] {
  const collator = new Intl.Collator(currentLanguage());
  return people.toSorted(
    (a, b) =>
      Number(b.isModerator) - Number(a.isModerator) || collator.compare(nameOf(a.displayName), nameOf(b.displayName)),
  );
}

/** Finds Άννα by “αννα” and Zoë by “zoe”. */
function foldForSearch(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();
}
