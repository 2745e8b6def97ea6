import { useRef, useState } from 'preact/hooks';
import { CommandError } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { whoMayEnter } from '../meeting/who-may-enter.ts';
import { FieldError } from '../parts/field-error.tsx';
import { LobbySetting, type LobbySettingProps } from './lobby-setting.tsx';
import { Newcomers, type NewcomersProps } from './newcomers.tsx';
import { PeopleMay, type PeopleMayProps } from './people-may.tsx';

/** What only moderators may set, for everybody in the meeting. */
export interface Moderation extends LobbySettingProps, PeopleMayProps, NewcomersProps {
  /** In a breakout room, which has no door of its own. */
  readonly isAway: boolean;
  readonly isLocked: boolean;
  /** @throws CommandError */
  readonly setPassword: (password: string | undefined) => Promise<void>;
}

/** What a person can still type to somebody else on the phone; servers allow more. */
const MAX_PASSWORD_LENGTH = 128;

/** Who may enter, and what people may do. */
export function ModeratorTab({ isAway, ...moderation }: Moderation) {
  const { isLocked, setPassword, isLobbyOn, setLobbyOn, startMuted, setStartMuted, ...peopleMay } = moderation;
  return (
    <div class="stack settings-stack">
      {isAway ? (
        <p class="icon-line">
          <Icon name="info" size="m" />
          <span>{t('moderator.away')}</span>
        </p>
      ) : (
        <DoorSettings {...{ isLocked, setPassword, isLobbyOn, setLobbyOn }} />
      )}
      <PeopleMay {...peopleMay} />
      {!isAway && <Newcomers {...{ startMuted, setStartMuted }} />}
    </div>
  );
}

type DoorSettingsProps = LobbySettingProps & Pick<Moderation, 'isLocked' | 'setPassword'>;

/** The lobby and the room's password. The latter in plain sight while it is typed: it is there to be told to others. */
function DoorSettings({ isLocked, setPassword, isLobbyOn, setLobbyOn }: DoorSettingsProps) {
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const change = async (password: string | undefined) => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await setPassword(password);
      if (password === undefined && field.current) field.current.value = '';
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setProblem(t(error.code === 'not-allowed' ? 'command.not-allowed' : 'command.failed'));
    } finally {
      setBusy(false);
    }
  };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const password = field.current?.value ?? '';
    if (password === '') {
      setProblem(t('moderator.password-missing'));
      field.current?.focus();
      return;
    }
    void change(password);
  };

  return (
    <form class="stack" onSubmit={submit} noValidate>
      <p class="icon-line" role="status">
        <Icon name={isLocked || isLobbyOn ? 'lock' : 'info'} size="m" />
        <span>{whoMayEnter({ isLocked, lobby: { isOn: isLobbyOn } })}</span>
      </p>
      <LobbySetting isLobbyOn={isLobbyOn} setLobbyOn={setLobbyOn} />
      <div class="field">
        <label class="label" for="room-password">
          {t('prejoin.password')}
        </label>
        <input
          ref={field}
          id="room-password"
          class="input"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={MAX_PASSWORD_LENGTH}
          aria-invalid={problem !== undefined}
          aria-describedby="room-password-hint room-password-problem"
          onInput={() => setProblem(undefined)}
        />
        <p id="room-password-hint" class="hint">
          {t('moderator.password-hint')}
        </p>
        <div id="room-password-problem" aria-live="polite">
          {problem !== undefined && <FieldError text={problem} />}
        </div>
      </div>
      <div class="row row-wrap">
        <button type="submit" class="button button-primary" aria-disabled={isBusy} aria-busy={isBusy}>
          {t(isLocked ? 'moderator.change-password' : 'moderator.set-password')}
        </button>
        {isLocked && (
          <button type="button" class="button" aria-disabled={isBusy} onClick={() => void change(undefined)}>
            {t('moderator.remove-password')}
          </button>
        )}
      </div>
    </form>
  );
}
