import { useRef, useState } from 'preact/hooks';
import type { LobbyMessage, MeetingPhase } from '../../client/meeting-types.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { FieldError } from '../parts/field-error.tsx';
import { LobbyComposer, LobbyThread } from '../parts/lobby-thread.tsx';
import { changeSettings } from '../storage/settings.ts';
import { cleanName, MAX_NAME_LENGTH } from '../clean-name.ts';
import { PageFrame } from './page-frame.tsx';
import { Preview, SettingsButton } from './prejoin.tsx';
import { Entering, useFocusedHeading, useTabTitle, WaitingMark } from './waiting-parts.tsx';

export type DoorPhase = Extract<MeetingPhase, { name: 'lobby' }>;

export interface LobbyProps {
  media: LocalMedia;
  roomName: string;
  door: DoorPhase;
  /** On the way in: let in, or with a password. */
  isJoining: boolean;
  displayName: string;
  messages: readonly LobbyMessage[];
  onKnock: (displayName: string) => void;
  onPassword: (displayName: string, password: string) => void;
  onSay: (text: string) => void;
  onStop: () => void;
  onSettings: () => void;
}

/** Before a door that a moderator opens: asking, then waiting. Nothing is sent of camera and microphone yet. */
export function Lobby(props: LobbyProps) {
  const { media, door, isJoining, roomName, onSettings } = props;
  const [name, setName] = useState(props.displayName);
  const isBlocked = media.microphoneProblem.value !== undefined && media.cameraProblem.value !== undefined;
  useTabTitle(roomTitle(roomName), door.isWaiting && !isJoining);
  return (
    <PageFrame actions={<SettingsButton onClick={onSettings} />}>
      <div class="prejoin">
        <Preview media={media} name={name} isBlocked={isBlocked} />
        {!door.isWaiting ? (
          <Asking {...props} name={name} setName={setName} />
        ) : isJoining ? (
          <Entering title={t('lobby.entering')} />
        ) : (
          <Waiting {...props} />
        )}
      </div>
    </PageFrame>
  );
}

type AskingProps = LobbyProps & { name: string; setName: (name: string) => void };

function Asking({ door, isJoining, roomName, name, setName, onKnock, onPassword }: AskingProps) {
  const wasPasswordWrong = door.wasPasswordWrong && !isJoining;
  const [isNameMissing, setNameMissing] = useState(false);
  const heading = useFocusedHeading();
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  /** @returns the name, or undefined and says what is missing. */
  const takeName = (): string | undefined => {
    const displayName = cleanName(name);
    if (displayName !== '') {
      changeSettings({ displayName });
      return displayName;
    }
    setNameMissing(true);
    nameField.current?.focus();
    return undefined;
  };
  const knock = (event: SubmitEvent) => {
    event.preventDefault();
    const displayName = takeName();
    if (displayName !== undefined) onKnock(displayName);
  };
  const tryPassword = (event: SubmitEvent) => {
    event.preventDefault();
    const password = passwordField.current?.value ?? '';
    if (password === '') {
      passwordField.current?.focus();
      return;
    }
    const displayName = takeName();
    if (displayName !== undefined && !isJoining) onPassword(displayName, password);
  };

  return (
    <div class="prejoin-form">
      <div class="prejoin-head">
        <p class="muted">{t('lobby.about')}</p>
        <h1 ref={heading} class="page-title" tabIndex={-1}>
          <bdi>{roomTitle(roomName)}</bdi>
        </h1>
      </div>
      <form class="stack" onSubmit={knock} noValidate>
        <div class="field">
          <label class="label" for="lobby-name">
            {t('prejoin.name')}
          </label>
          <input
            ref={nameField}
            id="lobby-name"
            class="input"
            autocomplete="name"
            maxLength={MAX_NAME_LENGTH}
            value={name}
            aria-invalid={isNameMissing}
            aria-describedby="lobby-name-problem lobby-hint"
            onInput={(event) => {
              setName(event.currentTarget.value);
              setNameMissing(false);
            }}
          />
          <div id="lobby-name-problem" aria-live="polite">
            {isNameMissing && <FieldError text={t('prejoin.name-missing')} />}
          </div>
        </div>
        <p id="lobby-hint" class="hint">
          {t('lobby.ask-hint')}
        </p>
        <button type="submit" class="button button-primary button-big button-wide">
          {t('lobby.ask')}
        </button>
      </form>
      <details class="devices" open={door.wasPasswordWrong}>
        <summary>
          <Icon name="lock" size="m" />
          {t('lobby.know-password')}
        </summary>
        <form class="stack" onSubmit={tryPassword} noValidate>
          <div class="field">
            <label class="label" for="lobby-password">
              {t('prejoin.password')}
            </label>
            <input
              ref={passwordField}
              id="lobby-password"
              class="input"
              type="password"
              autocomplete="off"
              aria-invalid={wasPasswordWrong}
              aria-describedby="lobby-password-problem"
            />
            <div id="lobby-password-problem" role="alert">
              {wasPasswordWrong && <FieldError text={t('problem.wrong-password')} />}
            </div>
          </div>
          <button type="submit" class="button button-wide" aria-disabled={isJoining} aria-busy={isJoining}>
            {t('lobby.join-password')}
          </button>
        </form>
      </details>
    </div>
  );
}

function Waiting({ roomName, displayName, messages, onSay, onStop }: LobbyProps) {
  const heading = useFocusedHeading();
  return (
    <div class="prejoin-form">
      <WaitingMark />
      <h1 ref={heading} class="page-title" tabIndex={-1}>
        {t('lobby.waiting-title')}
      </h1>
      <p class="lobby-told">
        <Text k="lobby.told" args={{ room: roomTitle(roomName), name: displayName }} />
      </p>
      <section class="lobby-card" aria-labelledby="lobby-messages">
        <h2 id="lobby-messages">{t('lobby.messages')}</h2>
        <LobbyThread label={t('lobby.messages')} messages={messages} />
        <LobbyComposer label={t('lobby.write')} onSay={onSay} />
      </section>
      <button type="button" class="button button-quiet lobby-stop" onClick={onStop}>
        {t('lobby.stop')}
      </button>
    </div>
  );
}
