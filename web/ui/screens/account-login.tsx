import { useState } from 'preact/hooks';
import { logInToAccount, logOutOfAccount } from '../identity/account-login.ts';
import { t } from '../i18n/messages.ts';
import type { ServerConfig } from '../server-config.ts';
import { account } from '../storage/account.ts';
import { hostLogin } from '../storage/host-login.ts';
import { LoginDialog } from './lazy-doors.ts';
import { LoggedIn } from './logged-in.tsx';

/** Which account of this server one is logged in with, or the way there. */
export function AccountLogin({ server }: { server: ServerConfig }) {
  const [isOpen, setOpen] = useState(false);
  const name = account.value?.username ?? hostLogin.value?.username;
  if (name !== undefined) return <LoggedIn name={name} onLogOut={logOutOfAccount} />;
  return (
    <>
      <button type="button" class="button button-wide" onClick={() => setOpen(true)}>
        {t('login.offer')}
      </button>
      {isOpen && (
        <LoginDialog
          provider={undefined}
          onLogIn={(credentials) => logInToAccount(server, credentials)}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
