import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { type MenuEntry, MenuButton } from '../parts/menu-button.tsx';
import type { Session } from './session.ts';

/** The other way to leave, beside the button that leaves at once; for moderators. */
export function LeaveMenu({ session, onLeave }: { session: Session; onLeave: () => void }) {
  if (!session.state.value.self.isModerator) return null;
  return (
    <MenuButton
      label={t('tool.leave-menu')}
      className="duo-arrow"
      tip={t('tool.leave-menu')}
      align="end"
      entries={() => [
        { kind: 'action', label: t('tool.leave'), icon: 'log-out', onSelect: onLeave },
        endForEveryone(session),
      ]}
      isTool
    >
      <Icon name="chevron-up" size="s" />
    </MenuButton>
  );
}

export function endForEveryone(session: Session): MenuEntry {
  return {
    kind: 'action',
    label: t('end-all.confirm'),
    icon: 'phone-off',
    isDanger: true,
    onSelect: () => {
      session.dialog.value = { name: 'end-meeting' };
    },
  };
}
