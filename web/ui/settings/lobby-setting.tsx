import { useState } from 'preact/hooks';
import { CommandError } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import { FieldError } from '../parts/field-error.tsx';
import { Switch } from '../parts/switch.tsx';

export interface LobbySettingProps {
  isLobbyOn: boolean;
  /** @throws CommandError */
  setLobbyOn: (isOn: boolean) => Promise<void>;
}

/** Whether strangers wait before the door. Shows what the room says, not what was asked for. */
export function LobbySetting({ isLobbyOn, setLobbyOn }: LobbySettingProps) {
  const [problem, setProblem] = useState<string>();
  const change = async (isOn: boolean) => {
    setProblem(undefined);
    try {
      await setLobbyOn(isOn);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setProblem(t(error.code === 'not-allowed' ? 'command.not-allowed' : 'command.failed'));
    }
  };
  return (
    <div>
      <Switch
        label={t('lobby.switch')}
        hint={t('lobby.switch-hint')}
        isOn={isLobbyOn}
        onChange={(isOn) => void change(isOn)}
      />
      <div aria-live="polite">{problem !== undefined && <FieldError text={problem} />}</div>
    </div>
  );
}
