import { useState } from 'preact/hooks';
import type { Knocker } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { LobbyComposer, LobbyThread } from '../parts/lobby-thread.tsx';
import { Action, Box } from './banner-view.tsx';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

/** Who waits to come in, on top of the participants; for moderators. */
export function LobbyList({ session }: { session: Session }) {
  const { knockers } = session.state.value.lobby;
  if (knockers.length === 0) return null;
  return (
    <section class="waiting" aria-labelledby="people-waiting">
      <div class="row">
        <h3 id="people-waiting" class="grow">
          {t('lobby.list', { count: knockers.length })}
        </h3>
        {knockers.length > 1 && (
          <button type="button" class="button button-outline" onClick={() => admitAll(session)}>
            {t('lobby.admit-all')}
          </button>
        )}
      </div>
      <ul>
        {knockers.map((knocker) => (
          <KnockerRow key={knocker.id} session={session} knocker={knocker} />
        ))}
      </ul>
    </section>
  );
}

function KnockerRow({ session, knocker }: { session: Session; knocker: Knocker }) {
  const messages = session.state.value.lobby.messages.filter((message) => message.with === knocker.id);
  const [isWriting, setWriting] = useState(false);
  const { lobby } = session.meeting;
  const name = nameOf(knocker.displayName);
  return (
    <li class="knocker">
      <Avatar id={knocker.id} name={name} />
      <b class="cut" title={name}>
        <bdi>{name}</bdi>
      </b>
      <button
        type="button"
        class="icon-button"
        aria-label={t('lobby.write-to', { name })}
        aria-expanded={isWriting}
        data-tip={t('lobby.write-to', { name })}
        onClick={() => setWriting(!isWriting)}
      >
        <Icon name="message-square" />
      </button>
      {messages.length > 0 && <LobbyThread label={t('lobby.log', { name })} messages={messages} />}
      {isWriting && (
        <LobbyComposer label={t('lobby.write-to', { name })} onSay={(text) => lobby.say(text, knocker.id)} />
      )}
      <div class="knocker-actions">
        <button
          type="button"
          class="button button-primary"
          aria-label={t('lobby.admit-name', { name })}
          onClick={() => lobby.admit([knocker.id])}
        >
          {t('lobby.admit')}
        </button>
        <button
          type="button"
          class="button"
          aria-label={t('lobby.deny-name', { name })}
          onClick={() => void session.tell(lobby.deny(knocker.id))}
        >
          {t('lobby.deny')}
        </button>
      </div>
    </li>
  );
}

/** Tells moderators over the tiles, as long as somebody waits and the list is not open. */
export function LobbyNotice({ session }: { session: Session }) {
  const { knockers } = session.state.value.lobby;
  const [first] = knockers;
  if (first === undefined || session.panel.value === 'participants') return null;
  const { lobby } = session.meeting;
  const show = () => {
    session.panel.value = 'participants';
  };
  return (
    <Box
      mark={<Icon name="user-plus" />}
      actions={
        knockers.length === 1 ? (
          <>
            <Action label={t('lobby.admit')} onClick={() => lobby.admit([first.id])} />
            <Action label={t('lobby.deny')} onClick={() => void session.tell(lobby.deny(first.id))} />
            <Action label={t('lobby.show')} onClick={show} />
          </>
        ) : (
          <>
            <Action label={t('lobby.admit-all')} onClick={() => admitAll(session)} />
            <Action label={t('lobby.show')} onClick={show} />
          </>
        )
      }
    >
      {knockers.length === 1 ? (
        <Text k="lobby.notice" args={{ name: nameOf(first.displayName) }} />
      ) : (
        t('lobby.notice-many', { count: knockers.length })
      )}
    </Box>
  );
}

function admitAll({ meeting, state }: Session): void {
  meeting.lobby.admit(state.peek().lobby.knockers.map(({ id }) => id));
}
