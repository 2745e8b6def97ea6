import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { type MenuEntry, MenuButton } from '../parts/menu-button.tsx';
import { handOrder } from './people.ts';
import type { Session } from './session.ts';

/** What a moderator may do with all at once, below the list of people. */
export function ModeratorActions({ session }: { session: Session }) {
  return (
    <div class="row">
      <button
        type="button"
        class="button grow"
        onClick={() => {
          session.dialog.value = { name: 'mute-everyone' };
        }}
      >
        <Icon name="mic-off" size="m" />
        {t('people.mute-everyone')}
      </button>
      <MenuButton
        label={t('people.more')}
        className="icon-button"
        align="end"
        tip={t('people.more')}
        entries={() => actions(session)}
      >
        <Icon name="ellipsis" />
      </MenuButton>
    </div>
  );
}

function actions(session: Session): readonly MenuEntry[] {
  const hasHands = handOrder(session.state.peek()).size > 0;
  return [
    {
      kind: 'action',
      label: t('people.stop-cameras'),
      icon: 'video-off',
      onSelect: () => {
        session.dialog.value = { name: 'stop-cameras' };
      },
    },
    {
      kind: 'action',
      label: t('people.lower-hands'),
      icon: 'hand',
      ...(hasHands ? {} : { forbidden: t('people.no-hands') }),
      onSelect: () => void session.tell(session.meeting.moderation.lowerAllHands()),
    },
    { kind: 'separator' },
    {
      kind: 'action',
      label: t('tool.security'),
      icon: 'shield',
      onSelect: () => {
        session.dialog.value = { name: 'settings', tab: 'moderator' };
      },
    },
  ];
}
