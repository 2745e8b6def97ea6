import { useState } from 'preact/hooks';
import { CommandError, type MuteKind } from '../../client/meeting-types.ts';
import { MEDIA_KINDS } from '../../client/moderation/reservations.ts';
import { t } from '../i18n/messages.ts';
import { FieldError } from '../parts/field-error.tsx';
import { Switch } from '../parts/switch.tsx';

export interface PeopleMayProps {
  /** What only moderators send, and whom they allow. */
  reserved: readonly MuteKind[];
  /** @throws CommandError */
  setReserved: (kind: MuteKind, isReserved: boolean) => Promise<void>;
}

/** What people may do without asking. Shows what the room says, not what was asked for. */
export function PeopleMay({ reserved, setReserved }: PeopleMayProps) {
  const [problem, setProblem] = useState<string>();
  const change = async (kind: MuteKind, isReserved: boolean) => {
    setProblem(undefined);
    try {
      await setReserved(kind, isReserved);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setProblem(t(error.code === 'not-allowed' ? 'command.not-allowed' : 'command.failed'));
    }
  };
  return (
    <section class="stack" aria-labelledby="people-may" aria-describedby="people-may-hint">
      <div>
        <h3 id="people-may" class="label">
          {t('may.title')}
        </h3>
        <p id="people-may-hint" class="hint">
          {t('may.hint')}
        </p>
      </div>
      {MEDIA_KINDS.map((kind) => (
        <Switch
          key={kind}
          label={t(`may.${kind}`)}
          isOn={!reserved.includes(kind)}
          onChange={(isOn) => void change(kind, !isOn)}
        />
      ))}
      <div aria-live="polite">{problem !== undefined && <FieldError text={problem} />}</div>
    </section>
  );
}
