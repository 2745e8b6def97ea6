import { type MessageKey, t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import type { LoginFailure } from '../identity/provider-login.ts';

const TEXTS: Readonly<Record<LoginFailure, MessageKey>> = {
  cancelled: 'login.cancelled',
  unreachable: 'login.provider-unreachable',
  'not-permitted': 'login.not-permitted',
  expired: 'login.expired',
  failed: 'login.provider-failed',
};

/** What became of a login elsewhere. */
export function LoginNotice({ failure }: { failure: LoginFailure | undefined }) {
  if (failure === undefined) return null;
  return (
    <div class="notice" role="alert">
      <p class="notice-title">
        <Icon name="triangle-alert" />
        <span>{t(TEXTS[failure])}</span>
      </p>
    </div>
  );
}
