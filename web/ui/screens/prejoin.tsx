import { useEffect, useRef, useState } from 'preact/hooks';
import type { MeetingPhase } from '../../client/meeting-types.ts';
import { canChooseSpeaker } from '../devices/device-list.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import type { LevelReading } from '../devices/level.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';
import { type MessageKey, t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { isFramed } from '../embed/framed.ts';
import type { LoginFailure } from '../identity/provider-login.ts';
import { Avatar } from '../parts/avatar.tsx';
import { DeviceSelect } from '../parts/device-select.tsx';
import { FieldError } from '../parts/field-error.tsx';
import { LevelBar } from '../parts/level-bar.tsx';
import { VideoPreview } from '../parts/video-preview.tsx';
import type { Telephone } from '../phone/telephone.ts';
import { changeSettings, settings } from '../storage/settings.ts';
import { cleanName, MAX_NAME_LENGTH } from '../clean-name.ts';
import { LoggedIn } from './logged-in.tsx';
import type { LoginChoiceProps } from './login-choice.tsx';
import { LoginDialog } from './lazy-doors.ts';
import { LoginNotice } from './login-notice.tsx';
import { MediaNotice } from './media-notice.tsx';
import { PageFrame } from './page-frame.tsx';

export interface PrejoinProps {
  media: LocalMedia;
  roomName: string;
  phase: MeetingPhase;
  initialName: string;
  /** By the link, or by the page that embeds us, which may give another one at any time. */
  givenName?: string | undefined;
  /** Where the name is from, if it is to stay; undefined: one chooses it. */
  fixedName: MessageKey | undefined;
  /** What one should know about how one comes in. */
  notice: MessageKey | undefined;
  /** Name with which somebody has logged in on this device. */
  loggedInAs: string | undefined;
  /** Undefined where logging in changes nothing. */
  login: LoginChoiceProps | undefined;
  /** Only members open meetings. */
  doMembersLogIn: boolean;
  /** Of an attempt at the provider. */
  loginFailure: LoginFailure | undefined;
  telephone: Telephone;
  onLogOut: () => void;
  onJoin: (displayName: string, password?: string) => void;
  onSettings: (tab?: string) => void;
}

/** Before the meeting: how others will see and hear me. One can always join. */
export function Prejoin(props: PrejoinProps) {
  const { media, login, onSettings } = props;
  const [name, setName] = useState(props.initialName);
  const [isLoggingIn, setLoggingIn] = useState(false);
  const isBlocked = media.microphoneProblem.value !== undefined && media.cameraProblem.value !== undefined;
  // Who has logged in has a name, but the server takes a moment to say it.
  useEffect(() => setName((now) => (now === '' ? props.initialName : now)), [props.initialName]);
  useEffect(() => {
    if (props.givenName !== undefined) setName(props.givenName);
  }, [props.givenName]);
  return (
    <PageFrame actions={<SettingsButton onClick={() => onSettings()} />}>
      <div class="prejoin">
        <div>
          <Preview media={media} name={name} isBlocked={isBlocked} />
          <PreviewNote media={media} />
        </div>
        <JoinForm
          {...props}
          name={name}
          setName={setName}
          isBlocked={isBlocked}
          onLogIn={() => {
            // One comes back to this page as somebody else, and keeps the name.
            const displayName = cleanName(name);
            if (displayName !== '') changeSettings({ displayName });
            setLoggingIn(true);
          }}
        />
      </div>
      {isLoggingIn && login && <LoginDialog {...login} onClose={() => setLoggingIn(false)} />}
    </PageFrame>
  );
}

export function SettingsButton({ onClick }: { onClick: () => void }) {
  return (
    <button
      type="button"
      class="button button-quiet prejoin-settings"
      aria-label={t('tool.settings')}
      onClick={onClick}
    >
      <Icon name="settings-2" size="m" />
      <span>{t('tool.settings')}</span>
    </button>
  );
}

/** Oneself as others will see one, with the two switches. */
export function Preview({ media, name, isBlocked }: { media: LocalMedia; name: string; isBlocked: boolean }) {
  const track = media.isCameraOn.value ? media.camera.value : undefined;
  return (
    <div class={isBlocked ? 'preview is-blocked' : 'preview'}>
      {track ? (
        <VideoPreview track={track} isMirrored={settings.value.mirrorsSelf} />
      ) : (
        <PreviewPlaceholder media={media} name={name} />
      )}
      {!isBlocked && !isUndecided(media) && (
        <div class="preview-controls">
          <RoundToggle
            label={t('tool.microphone')}
            icon={media.isMicrophoneLive.value ? 'mic' : 'mic-off'}
            isOn={media.isMicrophoneLive.value}
            onToggle={(isOn) => void media.setMicrophone(isOn)}
          />
          <RoundToggle
            label={t('tool.camera')}
            icon={media.isCameraOn.value ? 'video' : 'video-off'}
            isOn={media.isCameraOn.value}
            onToggle={(isOn) => void media.setCamera(isOn)}
          />
        </div>
      )}
    </div>
  );
}

/** The browser has not been asked, or has no answer yet. */
function isUndecided(media: LocalMedia): boolean {
  return (
    !media.microphone.value &&
    !media.camera.value &&
    !media.microphoneProblem.value &&
    !media.cameraProblem.value &&
    (media.wantsCamera.value || media.wantsMicrophone.value)
  );
}

/** Before the question, while it is open, and for people without a picture. */
function PreviewPlaceholder({ media, name }: { media: LocalMedia; name: string }) {
  const isAsking = media.askingSinceMs.value !== undefined;
  if (isAsking && isUndecided(media)) return <Asking />;
  if (!isUndecided(media)) return <Avatar id={name === '' ? 'me' : name} name={name} />;
  return (
    <div class="permission-ask">
      <p>{t('prejoin.why')}</p>
      <button type="button" class="button" onClick={() => void media.open()}>
        {t('prejoin.allow')}
      </button>
    </div>
  );
}

/** The prompt is easily overlooked (design §8, 3). */
const PROMPT_PATIENCE_MS = 8000;

function Asking() {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PROMPT_PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="permission-ask" role="status">
      <Icon name="chevron-up" size="l" className="ask-arrow" />
      <p>{t(isLong ? 'problem.prompt-ignored' : 'prejoin.asking')}</p>
    </div>
  );
}

interface RoundToggleProps {
  label: string;
  icon: 'mic' | 'mic-off' | 'video' | 'video-off';
  isOn: boolean;
  onToggle: (isOn: boolean) => void;
}

function RoundToggle({ label, icon, isOn, onToggle }: RoundToggleProps) {
  return (
    <button
      type="button"
      class="round-button"
      aria-label={label}
      aria-pressed={isOn}
      data-tip={label}
      onClick={() => onToggle(!isOn)}
    >
      <Icon name={icon} />
    </button>
  );
}

function PreviewNote({ media }: { media: LocalMedia }) {
  const hasMicrophone = media.isMicrophoneLive.value;
  const hasCamera = media.isCameraOn.value;
  if (media.microphoneProblem.value || media.cameraProblem.value) return null;
  // Its line is kept: nothing moves when it comes.
  if (!media.microphone.value && !media.camera.value) return <p class="preview-note" />;
  const key =
    hasMicrophone && hasCamera
      ? 'prejoin.both-work'
      : hasMicrophone
        ? 'prejoin.camera-off'
        : hasCamera
          ? 'prejoin.microphone-off'
          : 'prejoin.both-off';
  return (
    <p class="preview-note">
      <Icon name={hasMicrophone && hasCamera ? 'check' : 'info'} size="m" />
      {t(key)}
    </p>
  );
}

type JoinFormProps = PrejoinProps & {
  name: string;
  setName: (name: string) => void;
  isBlocked: boolean;
  onLogIn: () => void;
};

function JoinForm(props: JoinFormProps) {
  const { media, roomName, phase, name, setName, isBlocked, loggedInAs, onJoin, onLogOut } = props;
  const [isNameMissing, setNameMissing] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const needsPassword = phase.name === 'password-required';
  const isJoining = phase.name === 'joining';
  // On a phone, upright or on its side, and in low frames, Join comes first, and the choice of devices opens below it.
  const isFolded = matchMedia(`(max-width: 31.25rem), (max-height: ${isFramed ? 42 : 28.75}rem)`).matches;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const displayName = cleanName(name);
    if (displayName === '') {
      setNameMissing(true);
      nameField.current?.focus();
      return;
    }
    if (isJoining) return;
    if (props.fixedName === undefined) changeSettings({ displayName });
    onJoin(displayName, passwordField.current?.value || undefined);
  };

  return (
    <form class="prejoin-form" onSubmit={submit} noValidate>
      <div class="prejoin-head">
        <p class="muted">{t('prejoin.about')}</p>
        <h1 class="page-title">
          <bdi>{roomTitle(roomName)}</bdi>
        </h1>
      </div>
      <LoginNotice failure={props.loginFailure} />
      <div role="status">{props.notice !== undefined && <Notice text={t(props.notice)} />}</div>
      <MediaNotice media={media} telephone={props.telephone} />
      <div class="field">
        <label class="label" for="name">
          {t('prejoin.name')}
        </label>
        <input
          ref={nameField}
          id="name"
          class="input"
          autocomplete="name"
          maxLength={MAX_NAME_LENGTH}
          value={name}
          readOnly={props.fixedName !== undefined}
          aria-invalid={isNameMissing}
          aria-describedby="name-problem"
          onInput={(event) => {
            setName(event.currentTarget.value);
            setNameMissing(false);
          }}
        />
        <div id="name-problem" aria-live="polite">
          {props.fixedName !== undefined && <p class="hint">{t(props.fixedName)}</p>}
          {isNameMissing && <FieldError text={t('prejoin.name-missing')} />}
        </div>
      </div>
      {needsPassword && <PasswordField field={passwordField} wasWrong={phase.wasWrong} />}
      {!isBlocked && !isFolded && <Devices media={media} />}
      <button
        type="submit"
        class="button button-primary button-big button-wide"
        aria-disabled={isJoining}
        aria-busy={isJoining}
      >
        {isJoining && <span class="spinner" aria-hidden="true" />}
        {t('prejoin.join')}
      </button>
      {loggedInAs !== undefined && <LoggedIn name={loggedInAs} onLogOut={onLogOut} />}
      {loggedInAs === undefined && props.login && (
        <div class="login-offer">
          {props.doMembersLogIn && <p class="hint">{t('login.members-open')}</p>}
          <button type="button" class="button button-quiet" onClick={props.onLogIn}>
            {t('login.offer')}
          </button>
        </div>
      )}
      {!isBlocked && isFolded && <FoldedDevices media={media} />}
      {isBlocked && <p class="joining-line">{t('prejoin.without')}</p>}
    </form>
  );
}

function Notice({ text }: { text: string }) {
  return (
    <div class="notice">
      <p class="notice-title">
        <Icon name="info" />
        <span>{text}</span>
      </p>
    </div>
  );
}

function PasswordField({ field, wasWrong }: { field: { current: HTMLInputElement | null }; wasWrong: boolean }) {
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [wasWrong]);
  return (
    <div class="field">
      <label class="label" for="password">
        {t('prejoin.password')}
      </label>
      <input
        ref={field}
        id="password"
        class="input"
        type="password"
        autocomplete="off"
        aria-invalid={wasWrong}
        aria-describedby="password-problem"
      />
      <div id="password-problem" role="alert">
        {wasWrong && <FieldError text={t('problem.wrong-password')} />}
      </div>
    </div>
  );
}

function FoldedDevices({ media }: { media: LocalMedia }) {
  if (!media.microphone.value && !media.camera.value) return null;
  return (
    <details class="devices">
      <summary>
        <Icon name="settings-2" size="m" />
        {t('prejoin.devices')}
      </summary>
      <Devices media={media} />
    </details>
  );
}

/** Nothing at all from a microphone for this long: it is muted in hardware or the wrong one. */
const SILENCE_MS = 5000;

function Devices({ media }: { media: LocalMedia }) {
  const { microphones, speakers, cameras } = media.devices.value;
  const { speakerId, microphoneId, cameraId } = settings.value;
  const microphone = media.microphone.value;
  const camera = media.camera.value;
  const isDead = useSilence(microphone);
  // Devices come a moment later: their places are kept, so that nothing moves under a click on "Join meeting".
  const awaits = {
    microphone: !microphone && media.wantsMicrophone.value && !media.microphoneProblem.value,
    camera: !camera && media.wantsCamera.value && !media.cameraProblem.value,
  };
  const isAnyAwaited = awaits.microphone || awaits.camera;
  if (!microphone && !camera && !isAnyAwaited) return null;
  const placeholder = (isAwaited: boolean) => (isAwaited ? t('devices.later') : undefined);
  return (
    <div class="stack">
      {(microphone ?? awaits.microphone) && (
        <div class="device-with-level">
          <DeviceSelect
            label={t('devices.microphone')}
            icon="mic"
            devices={microphones}
            chosenId={microphone?.getSettings().deviceId ?? microphoneId}
            placeholder={placeholder(awaits.microphone)}
            onChoose={(id) => void media.choose('microphone', id)}
          />
          <LevelBar track={microphone} onReading={isDead.read} />
          {media.isSilencedBySystem.value && <p class="hint">{t('problem.silenced')}</p>}
          {isDead.value && !media.isSilencedBySystem.value && <p class="field-error">{t('problem.no-sound')}</p>}
        </div>
      )}
      {canChooseSpeaker() && (speakers.length > 0 || isAnyAwaited) && (
        <DeviceSelect
          label={t('devices.speaker')}
          icon="volume-2"
          devices={speakers}
          chosenId={speakerId}
          placeholder={placeholder(!microphone && !camera)}
          onChoose={(id) => changeSettings({ speakerId: id })}
        />
      )}
      {(camera ?? awaits.camera) && (
        <DeviceSelect
          label={t('devices.camera')}
          icon="video"
          devices={cameras}
          chosenId={camera?.getSettings().deviceId ?? cameraId}
          placeholder={placeholder(awaits.camera)}
          onChoose={(id) => void media.choose('camera', id)}
        />
      )}
    </div>
  );
}

function useSilence(track: MediaStreamTrack | undefined): { value: boolean; read: (reading: LevelReading) => void } {
  const [value, setValue] = useState(false);
  const deadSince = useRef<number | undefined>(undefined);
  useEffect(() => {
    deadSince.current = undefined;
    setValue(false);
  }, [track]);
  const read = ({ isDead }: LevelReading) => {
    const nowMs = performance.now();
    deadSince.current = isDead ? (deadSince.current ?? nowMs) : undefined;
    setValue(deadSince.current !== undefined && nowMs - deadSince.current >= SILENCE_MS);
  };
  return { value, read };
}
