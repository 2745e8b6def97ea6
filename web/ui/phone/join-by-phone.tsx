import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { lazy } from '../parts/lazy.tsx';
import { useDialIn } from './dial-in-details.tsx';
import type { Telephone } from './telephone.ts';

export const JoinByPhoneDialog = lazy(
  async () => (await import('./join-by-phone-dialog.tsx')).JoinByPhoneDialog,
  ({ onClose }) => onClose(),
);

interface JoinByPhoneProps {
  telephone: Telephone;
  onClick: () => void;
}

/** The way out where a computer cannot be heard (design §8: 5, 16); nothing where the meeting has no number. */
export function JoinByPhone({ telephone, onClick }: JoinByPhoneProps) {
  if (useDialIn(telephone) === undefined) return null;
  return (
    <button type="button" class="button button-outline" onClick={onClick}>
      <Icon name="phone" size="m" />
      {t('phone.join')}
    </button>
  );
}
