import type { Participant } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { allow, lackingKinds, whoAsks } from './allowance.ts';
import { Action, Box } from './banner-view.tsx';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

/** Tells moderators over the tiles who asks to be allowed, as long as the list is not open. */
export function HandRequest({ session }: { session: Session }) {
  const state = session.state.value;
  const asking = whoAsks(state);
  const [first] = asking;
  if (first === undefined || session.panel.value === 'participants') return null;
  const [kind] = lackingKinds(state, first);
  const show = (
    <Action
      label={t('lobby.show')}
      onClick={() => {
        session.panel.value = 'participants';
      }}
    />
  );
  if (asking.length > 1 || kind === undefined) {
    return (
      <Box mark={<Icon name="hand" />} actions={show}>
        {t('allow.notice-many', { count: asking.length })}
      </Box>
    );
  }
  return (
    <Box
      mark={<Icon name="hand" />}
      actions={
        <>
          <Action label={t(`allow.${kind}`)} onClick={() => allow(session, first, kind)} />
          <Action
            label={t('hand.lower')}
            onClick={() => void session.tell(session.meeting.moderation.lowerHand(first.id))}
          />
          {show}
        </>
      }
    >
      <Text k="allow.notice" args={{ name: nameOf(first.displayName) }} />
    </Box>
  );
}

/** What a moderator can allow somebody who raised a hand. */
export function AllowButtons({ session, person }: { session: Session; person: Participant }) {
  const state = session.state.value;
  const kinds = state.self.isModerator ? lackingKinds(state, person) : [];
  if (kinds.length === 0) return null;
  const name = nameOf(person.displayName);
  return (
    <div class="person-allow">
      {kinds.map((kind) => (
        <button
          key={kind}
          type="button"
          class="button button-outline"
          aria-label={t('allow.name', { what: t(`allow.${kind}`), name })}
          onClick={() => allow(session, person, kind)}
        >
          {t(`allow.${kind}`)}
        </button>
      ))}
    </div>
  );
}
