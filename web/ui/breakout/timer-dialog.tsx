import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import { Dialog } from '../parts/dialog.tsx';
import { FieldError } from '../parts/field-error.tsx';

const MAX_MINUTES = 24 * 60;
const USUAL_MINUTES = 10;

/** Asks a moderator how long the breakout rooms stay open. */
export function BreakoutTimerDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const [hasProblem, setProblem] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.select(), []);
  return (
    <Dialog title={t('breakout.set-timer')} onClose={onClose} className="dialog-small">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const minutes = field.current?.valueAsNumber ?? Number.NaN;
          if (!(minutes >= 1 && minutes <= MAX_MINUTES)) {
            setProblem(true);
            field.current?.focus();
            return;
          }
          onClose();
          void session.tell(session.meeting.breakout.setTimer(minutes * 60_000));
        }}
      >
        <div class="field">
          <label class="label" for={id}>
            {t('breakout.minutes')}
          </label>
          <input
            ref={field}
            id={id}
            class="input"
            type="number"
            min={1}
            max={MAX_MINUTES}
            step={1}
            inputMode="numeric"
            autocomplete="off"
            defaultValue={String(USUAL_MINUTES)}
            aria-invalid={hasProblem}
            aria-describedby={`${id}-hint ${id}-problem`}
            onInput={() => setProblem(false)}
          />
          <p id={`${id}-hint`} class="hint">
            {t('breakout.timer-hint')}
          </p>
          <div id={`${id}-problem`} aria-live="polite">
            {hasProblem && <FieldError text={t('breakout.bad-minutes', { max: MAX_MINUTES })} />}
          </div>
        </div>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button button-primary">
            {t('breakout.start-timer')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
