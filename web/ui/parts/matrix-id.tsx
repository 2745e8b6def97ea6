import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';

/**
 * A verified Matrix user id. Where room is short its middle goes: the beginning of the local part and the end of the server
 * are what tells people apart.
 */
export function MatrixId({ id }: { id: string }) {
  const colon = id.indexOf(':');
  return (
    <small class="matrix-id" title={id}>
      <Icon name="badge-check" size="s" />
      <span class="visually-hidden">{t('person.verified', { id })}</span>
      <span class="matrix-user" dir="ltr" aria-hidden="true">
        {id.slice(0, colon)}
      </span>
      <span class="matrix-server" aria-hidden="true">
        <bdi dir="ltr">{id.slice(colon)}</bdi>
      </span>
    </small>
  );
}

/** The same where there is room for the mark only. */
export function VerifiedMark({ id }: { id: string }) {
  const text = t('person.verified', { id });
  return (
    <span class="verified-mark" title={text}>
      <Icon name="badge-check" size="s" />
      <span class="visually-hidden">{text}</span>
    </span>
  );
}
