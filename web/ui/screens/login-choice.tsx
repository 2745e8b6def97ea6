import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { type IdentityProvider, loginAddress } from '../identity/provider-login.ts';
import { LoginForm, type LogIn } from './login-form.tsx';

export interface LoginChoiceProps {
  provider: IdentityProvider | undefined;
  onLogIn: LogIn;
}

/** All ways to log in that this server has; one at a provider comes first. */
export function LoginChoice({ provider, onLogIn }: LoginChoiceProps) {
  if (provider === undefined) return <LoginForm onLogIn={onLogIn} />;
  return (
    <div class="stack">
      <a
        class="button button-primary button-big button-wide login-provider"
        href={loginAddress(provider, location.pathname)}
      >
        {t('login.provider', { name: provider.name })}
      </a>
      <details class="devices">
        <summary>
          <Icon name="user" size="m" />
          {t('login.with-account')}
        </summary>
        <LoginForm onLogIn={onLogIn} isSecond />
      </details>
    </div>
  );
}
