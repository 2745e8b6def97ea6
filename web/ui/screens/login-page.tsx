import { roomTitle } from '#protocol/xmpp/room-title.ts';
import { t } from '../i18n/messages.ts';
import type { IdentityProvider, LoginFailure } from '../identity/provider-login.ts';
import { LoginChoice } from './login-choice.tsx';
import type { LogIn } from './login-form.tsx';
import { LoginNotice } from './login-notice.tsx';
import { PageFrame } from './page-frame.tsx';

interface LoginPageProps {
  roomName: string;
  provider: IdentityProvider | undefined;
  /** Of an attempt at the provider. */
  failure: LoginFailure | undefined;
  onLogIn: LogIn;
  onStart: () => void;
}

/** Only members enter here: those with an account, or with a token in their link. */
export function LoginPage({ roomName, provider, failure, onLogIn, onStart }: LoginPageProps) {
  return (
    <PageFrame>
      <section class="prejoin-form login">
        <div class="prejoin-head">
          <p class="muted">{t('login.about')}</p>
          <h1 class="page-title">
            <bdi>{roomTitle(roomName)}</bdi>
          </h1>
        </div>
        <LoginNotice failure={failure} />
        <p class="lobby-told">{t('login.why')}</p>
        <LoginChoice provider={provider} onLogIn={onLogIn} />
        <button type="button" class="button button-quiet lobby-stop" onClick={onStart}>
          {t('end.start')}
        </button>
      </section>
    </PageFrame>
  );
}
