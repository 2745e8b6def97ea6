import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';

/** Under which name one will come in, and the way out of it. */
export function LoggedIn({ name, onLogOut }: { name: string; onLogOut: () => void }) {
  return (
    <p class="logged-in">
      <span>
        <Text k="login.as" args={{ name }} />
      </span>
      <button type="button" class="button button-quiet" onClick={onLogOut}>
        {t('login.out')}
      </button>
    </p>
  );
}
