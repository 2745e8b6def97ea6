import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { CommandError } from '../../client/meeting-types.ts';
import { type MessageKey, t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import { Dialog } from '../parts/dialog.tsx';
import { FieldError } from '../parts/field-error.tsx';

const MAX_LENGTH = 40;

/** A number to call; who answers is in the meeting. */
export function DialOutDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const [number, setNumber] = useState('');
  const [problem, setProblem] = useState<MessageKey>();
  const [isCalling, setCalling] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);

  const call = async () => {
    setCalling(true);
    const found = await callNumber(session, number);
    setCalling(false);
    if (found === undefined) {
      onClose();
      session.toasts.show(t('phone.calls', { number: number.trim() }));
      return;
    }
    setProblem(found);
    field.current?.focus();
  };

  return (
    <Dialog title={t('phone.call')} onClose={onClose} className="dialog-small">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isCalling) void call();
        }}
      >
        <div class="field">
          <label class="label" for={id}>
            {t('phone.call-number')}
          </label>
          <input
            ref={field}
            id={id}
            class="input"
            type="tel"
            inputMode="tel"
            maxLength={MAX_LENGTH}
            autocomplete="off"
            value={number}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-hint ${id}-problem`}
            onInput={(event) => {
              setNumber(event.currentTarget.value);
              setProblem(undefined);
            }}
          />
          <p id={`${id}-hint`} class="hint">
            {t('phone.call-hint')}
          </p>
          <div id={`${id}-problem`} aria-live="polite">
            {problem !== undefined && <FieldError text={t(problem)} />}
          </div>
        </div>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button button-primary" aria-disabled={isCalling}>
            {t('phone.call-now')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** @returns what is wrong, or undefined once the number is being called */
async function callNumber({ telephone, meeting }: Session, text: string): Promise<MessageKey | undefined> {
  if (!/^\s*\+?(?:[ ()./-]*\d){2,20}\s*$/u.test(text)) return 'phone.no-number';
  const judged = await telephone.judge(text.trim());
  if (judged.kind !== 'allowed') return judged.kind === 'refused' ? 'phone.number-refused' : 'phone.no-line';
  try {
    await meeting.callPhone(judged.number);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.code === 'not-allowed' ? 'command.not-allowed' : 'phone.no-line';
  }
}
