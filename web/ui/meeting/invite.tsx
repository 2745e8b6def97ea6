import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { DialInDetails, DialInLine, dialInText } from '../phone/dial-in-details.tsx';
import { HostPin } from '../phone/host-pin.tsx';
import { roomTitle } from '#protocol/xmpp/room-title.ts';
import type { Session } from './session.ts';
import { whoMayEnter } from './who-may-enter.ts';

function LinkField({ id, text }: { id: string; text: string }) {
  return (
    <input
      id={id}
      class="input"
      readOnly
      value={text}
      onFocus={(event) => event.currentTarget.select()}
      onClick={(event) => event.currentTarget.select()}
    />
  );
}

function invitationText(session: Session): string {
  const link = t('invite.text', { room: roomTitle(session.state.peek().roomName), link: session.link });
  return link + dialInText(session.telephone);
}

function mailHref(session: Session): string {
  const subject = encodeURIComponent(t('invite.subject', { room: roomTitle(session.state.peek().roomName) }));
  return `mailto:?subject=${subject}&body=${encodeURIComponent(invitationText(session))}`;
}

/** Shown beside oneself while nobody else is here. */
export function InviteCard({ session }: { session: Session }) {
  // The link leads to the main room, and who comes here is sent, or knows the way.
  if (session.state.value.breakout.current !== undefined) {
    return (
      <section class="invite-card" aria-labelledby="invite-title">
        <h2 id="invite-title">{t('invite.alone-here')}</h2>
      </section>
    );
  }
  const shown = session.link.replace(/^https?:\/\//u, '');
  return (
    <section class="invite-card" aria-labelledby="invite-title">
      <div class="stack">
        <div>
          <h2 id="invite-title">{t('invite.alone')}</h2>
          <p class="muted">{t('invite.alone-hint')}</p>
        </div>
        <label class="visually-hidden" for="invite-card-link">
          {t('invite.link')}
        </label>
        <LinkField id="invite-card-link" text={shown} />
        <div class="row">
          <CopyButton text={session.link} label={t('invite.copy-link')} className="button button-primary grow" />
          <a
            class="button invite-mail"
            href={mailHref(session)}
            aria-label={t('invite.mail')}
            data-tip={t('invite.mail')}
          >
            <Icon name="mail" />
          </a>
        </div>
        <DialInLine telephone={session.telephone} />
      </div>
    </section>
  );
}

export function InviteDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const canShare = typeof navigator.share === 'function';
  return (
    <Dialog title={t('invite.title')} onClose={onClose} className="dialog-narrow">
      <div class="stack">
        <div class="field">
          <label class="label" for="invite-link">
            {t('invite.link')}
          </label>
          <div class="row invite-row">
            <LinkField id="invite-link" text={session.link} />
            <CopyButton text={session.link} label={t('invite.copy')} className="button button-primary invite-copy" />
          </div>
        </div>
        <DialInDetails telephone={session.telephone} />
        <HostPin session={session} />
        <div class="button-pair">
          <a class="button" href={mailHref(session)}>
            <Icon name="mail" size="m" />
            {t('invite.mail')}
          </a>
          {canShare ? (
            <button
              type="button"
              class="button"
              // Closing the system's sheet rejects: nothing to tell.
              onClick={() => void navigator.share({ text: invitationText(session) }).catch(() => undefined)}
            >
              <Icon name="send" size="m" />
              {t('invite.share')}
            </button>
          ) : (
            <CopyButton text={invitationText(session)} label={t('invite.copy-text')} className="button" />
          )}
        </div>
        {session.canCallPhones && (
          <button
            type="button"
            class="button"
            onClick={() => {
              session.dialog.value = { name: 'call-phone' };
            }}
          >
            <Icon name="phone" size="m" />
            {t('phone.call')}
          </button>
        )}
        <p class="icon-line muted">
          <Icon name={session.state.value.isLocked ? 'lock' : 'info'} size="m" />
          <span>
            {whoMayEnter(session.state.value)}{' '}
            {session.state.value.self.isModerator && (
              <button
                type="button"
                class="link-button"
                onClick={() => {
                  session.dialog.value = { name: 'settings', tab: 'moderator' };
                }}
              >
                {t('invite.change')}
              </button>
            )}
          </span>
        </p>
      </div>
    </Dialog>
  );
}
