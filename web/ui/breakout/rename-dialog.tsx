import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import { Dialog } from '../parts/dialog.tsx';
import { FieldError } from '../parts/field-error.tsx';

/** The server takes longer ones; nobody reads them. */
const MAX_LENGTH = 60;

export function RenameBreakoutDialog(props: { session: Session; room: string; onClose: () => void }) {
  const { session, room, onClose } = props;
  const known = session.state.peek().breakout.rooms.find(({ jid }) => jid === room);
  const [name, setName] = useState(known?.name ?? '');
  const [hasProblem, setProblem] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.select(), []);
  return (
    <Dialog title={t('breakout.rename')} onClose={onClose} className="dialog-small">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === '') {
            setProblem(true);
            return;
          }
          onClose();
          void session.tell(session.meeting.breakout.rename(room, name.trim()));
        }}
      >
        <div class="field">
          <label class="label" for={id}>
            {t('breakout.name')}
          </label>
          <input
            ref={field}
            id={id}
            class="input"
            type="text"
            maxLength={MAX_LENGTH}
            autocomplete="off"
            dir="auto"
            value={name}
            aria-invalid={hasProblem}
            aria-describedby={`${id}-problem`}
            onInput={(event) => {
              setName(event.currentTarget.value);
              setProblem(false);
            }}
          />
          <div id={`${id}-problem`} aria-live="polite">
            {hasProblem && <FieldError text={t('breakout.no-name')} />}
          </div>
        </div>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button button-primary">
            {t('breakout.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
