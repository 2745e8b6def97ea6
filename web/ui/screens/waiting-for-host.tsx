import { useState } from 'preact/hooks';
import type { LocalMedia } from '../devices/local-media.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import type { IdentityProvider } from '../identity/provider-login.ts';
import { LoginChoice } from './login-choice.tsx';
import type { LogIn } from './login-form.tsx';
import { PageFrame } from './page-frame.tsx';
import { Preview, SettingsButton } from './prejoin.tsx';
import { Entering, useFocusedHeading, useTabTitle, WaitingMark } from './waiting-parts.tsx';

interface WaitingForHostProps {
  media: LocalMedia;
  roomName: string;
  displayName: string;
  /** A host has come, or is this person. */
  isJoining: boolean;
  provider: IdentityProvider | undefined;
  onLogIn: LogIn;
  onStop: () => void;
  onSettings: () => void;
}

/** Guests wait here until a host has opened the meeting, and hosts say who they are. */
export function WaitingForHost(props: WaitingForHostProps) {
  const { media, roomName, displayName, isJoining, onSettings } = props;
  const isBlocked = media.microphoneProblem.value !== undefined && media.cameraProblem.value !== undefined;
  useTabTitle(roomTitle(roomName), !isJoining);
  return (
    <PageFrame actions={<SettingsButton onClick={onSettings} />}>
      <div class="prejoin">
        <Preview media={media} name={displayName} isBlocked={isBlocked} />
        {isJoining ? <Entering title={t('host.entering')} /> : <Waiting {...props} />}
      </div>
    </PageFrame>
  );
}

function Waiting({ roomName, provider, onLogIn, onStop }: WaitingForHostProps) {
  const [isHost, setHost] = useState(false);
  const heading = useFocusedHeading();
  return (
    <div class="prejoin-form">
      <WaitingMark />
      <h1 ref={heading} class="page-title" tabIndex={-1}>
        {t('host.waiting-title')}
      </h1>
      <p class="lobby-told">
        <Text k="host.told" args={{ room: roomTitle(roomName) }} />
      </p>
      {isHost ? (
        <section class="lobby-card" aria-label={t('host.log-in')}>
          <LoginChoice provider={provider} onLogIn={onLogIn} />
        </section>
      ) : (
        <button type="button" class="button button-wide" onClick={() => setHost(true)}>
          {t('host.log-in')}
        </button>
      )}
      <button type="button" class="button button-quiet lobby-stop" onClick={onStop}>
        {t('lobby.stop')}
      </button>
    </div>
  );
}
