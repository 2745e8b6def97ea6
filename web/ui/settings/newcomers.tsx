import { useState } from 'preact/hooks';
import { CommandError, type StartMuted } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import { FieldError } from '../parts/field-error.tsx';
import { Switch } from '../parts/switch.tsx';

export interface NewcomersProps {
  startMuted: StartMuted;
  /** @throws CommandError */
  setStartMuted: (startMuted: StartMuted) => Promise<void>;
}

/** How those start who come from now on. Shows what the room says, not what was asked for. */
export function Newcomers({ startMuted, setStartMuted }: NewcomersProps) {
  const [problem, setProblem] = useState<string>();
  const change = async (part: Partial<StartMuted>) => {
    setProblem(undefined);
    try {
      await setStartMuted({ ...startMuted, ...part });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setProblem(t(error.code === 'not-allowed' ? 'command.not-allowed' : 'command.failed'));
    }
  };
  return (
    <section class="stack" aria-labelledby="newcomers" aria-describedby="newcomers-hint">
      <div>
        <h3 id="newcomers" class="label">
          {t('newcomers.title')}
        </h3>
        <p id="newcomers-hint" class="hint">
          {t('newcomers.hint')}
        </p>
      </div>
      <Switch label={t('newcomers.audio')} isOn={startMuted.audio} onChange={(isOn) => void change({ audio: isOn })} />
      <Switch label={t('newcomers.video')} isOn={startMuted.video} onChange={(isOn) => void change({ video: isOn })} />
      <div aria-live="polite">{problem !== undefined && <FieldError text={problem} />}</div>
    </section>
  );
}
