import type { ComponentChildren } from 'preact';
import { changeSettings } from '../storage/settings.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { JoinByPhone } from '../phone/join-by-phone.tsx';
import type { Banner } from './banners.ts';
import type { Session } from './session.ts';

/** What is wrong now, what we do, what you can do. */
export function BannerView({ session, onLeave }: { session: Session; onLeave: () => void }) {
  const banner = session.banner.value;
  return (
    <div class="banner-place" role="alert">
      {banner && <BannerBox banner={banner} session={session} onLeave={onLeave} />}
    </div>
  );
}

function BannerBox({ banner, session, onLeave }: { banner: Banner; session: Session; onLeave: () => void }) {
  const retry = <Action label={t('banner.try-now')} onClick={() => session.meeting.retryNow()} />;
  switch (banner.code) {
    case 'lost':
      return (
        <Box mark={<span class="spinner" />} actions={retry}>
          <Text k="banner.lost" />
        </Box>
      );
    case 'unreachable':
      return (
        <Box
          mark={<Icon name="wifi-off" />}
          actions={
            <>
              {retry}
              <Action label={t('tool.leave')} onClick={onLeave} />
            </>
          }
        >
          <Text k="banner.unreachable" args={{ host: banner.host }} />
        </Box>
      );
    case 'media-failed':
      return (
        <Box
          mark={<Icon name="triangle-alert" />}
          actions={
            <>
              <Action label={t('common.try-again')} onClick={() => session.meeting.retryNow()} />
              <JoinByPhone
                telephone={session.telephone}
                onClick={() => {
                  session.dialog.value = { name: 'join-by-phone' };
                }}
              />
              <Action label={t('common.details')} onClick={() => void showDetails(session, banner.details)} />
            </>
          }
        >
          <Text k="banner.media-failed" />
        </Box>
      );
    case 'bridge-moved':
      return (
        <Box mark={<span class="spinner" />}>
          <Text k="banner.bridge-moved" />
        </Box>
      );
    case 'sound-blocked':
      return (
        <Box
          mark={<Icon name="volume-2" />}
          actions={<Action label={t('banner.sound-on')} onClick={() => session.audio.unblock()} />}
        >
          <Text k="banner.sound-blocked" />
        </Box>
      );
    case 'poor-receive':
      return (
        <Box
          mark={<Icon name="triangle-alert" />}
          actions={<Action label={t('banner.sound-only')} onClick={() => changeSettings({ quality: 'sound-only' })} />}
        >
          <Text k="banner.poor-receive" />
        </Box>
      );
    case 'poor-send':
      return (
        <Box
          mark={<Icon name="triangle-alert" />}
          actions={<Action label={t('banner.camera-off')} onClick={() => void session.setCamera(false)} />}
        >
          <Text k="banner.poor-send" />
        </Box>
      );
    case 'back':
      return (
        <Box mark={<Icon name="check" />} tone="good">
          <Text k="banner.back" />
        </Box>
      );
  }
}

async function showDetails(session: Session, details: string): Promise<void> {
  const lines = await session.meeting.connectionDetails();
  session.dialog.value = { name: 'details', lines: [details, ...lines] };
}

interface BoxProps {
  mark: ComponentChildren;
  actions?: ComponentChildren;
  tone?: 'good' | 'info';
  children: ComponentChildren;
}

export function Box({ mark, actions, tone, children }: BoxProps) {
  return (
    <div class={tone ? `banner banner-${tone}` : 'banner'}>
      {mark}
      <p class="grow">{children}</p>
      {actions !== undefined && <div class="banner-actions">{actions}</div>}
    </div>
  );
}

export function Action({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="button button-outline" onClick={onClick}>
      {label}
    </button>
  );
}

/** In place of a copy of the own screen. */
export function SharingCard({ session }: { session: Session }) {
  if (!session.state.value.self.isSharingScreen) return null;
  return (
    <Box
      tone="info"
      mark={<Icon name="screen-share" />}
      actions={
        <button type="button" class="button button-danger" onClick={() => void session.stopSharing()}>
          {t('share.stop')}
        </button>
      }
    >
      {t('share.sharing')}
    </Box>
  );
}
