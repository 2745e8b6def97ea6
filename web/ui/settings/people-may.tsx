import { useState } from 'preact/hooks';
import { CommandError, type ChatMode, type MuteKind } from '../../client/meeting-types.ts';
import { MEDIA_KINDS } from '../../client/moderation/reservations.ts';
import { t } from '../i18n/messages.ts';
import { FieldError } from '../parts/field-error.tsx';
import { Switch } from '../parts/switch.tsx';

export interface PeopleMayProps {
  /** What only moderators send, and whom they allow. */
  reserved: readonly MuteKind[];
  /** @throws CommandError */
  setReserved: (kind: MuteKind, isReserved: boolean) => Promise<void>;
  chatMode: ChatMode;
  /** @throws CommandError */
  setChatMode: (mode: ChatMode) => Promise<void>;
}

/** What people may do without asking. Shows what the room says, not what was asked for. */
export function PeopleMay({ reserved, setReserved, chatMode, setChatMode }: PeopleMayProps) {
  const [problem, setProblem] = useState<string>();
  const change = async (command: () => Promise<void>) => {
    setProblem(undefined);
    try {
      await command();
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
          onChange={(isOn) => void change(() => setReserved(kind, !isOn))}
        />
      ))}
      <Switch
        label={t('may.chat')}
        isOn={chatMode === 'everyone'}
        onChange={(isOn) => void change(() => setChatMode(isOn ? 'everyone' : 'questions'))}
      />
      {chatMode !== 'everyone' && (
        <Switch
          label={t('may.questions')}
          hint={t('may.questions-hint')}
          isOn={chatMode === 'questions'}
          onChange={(isOn) => void change(() => setChatMode(isOn ? 'questions' : 'off'))}
        />
      )}
      <div aria-live="polite">{problem !== undefined && <FieldError text={problem} />}</div>
    </section>
  );
}
