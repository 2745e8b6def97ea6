import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Dialog } from './dialog.tsx';
import { FieldError } from './field-error.tsx';

type InputKind =
  | { type: 'text'; dir: 'auto'; maxLength: number }
  | { type: 'tel'; inputMode: 'tel'; maxLength: number }
  | { type: 'number'; inputMode: 'numeric'; min: number; max: number };

interface FieldDialogProps {
  title: string;
  label: string;
  hint?: string;
  /** What may be written in it. */
  input: InputKind;
  initial?: string;
  /** Text of the button. */
  submit: string;
  /** @returns what is wrong with it; undefined closes the dialog */
  onSubmit: (value: string) => Promise<string | undefined> | string | undefined;
  onClose: () => void;
}

/** Asks for one thing. */
export function FieldDialog(props: FieldDialogProps) {
  const { title, label, hint, input, initial = '', submit, onSubmit, onClose } = props;
  const [value, setValue] = useState(initial);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const finish = async () => {
    setBusy(true);
    const found = await onSubmit(value);
    setBusy(false);
    if (found === undefined) {
      onClose();
      return;
    }
    setProblem(found);
    field.current?.focus();
  };

  return (
    <Dialog title={title} onClose={onClose} className="dialog-small">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void finish();
        }}
      >
        <div class="field">
          <label class="label" for={id}>
            {label}
          </label>
          <input
            ref={field}
            id={id}
            class="input"
            autocomplete="off"
            {...input}
            value={value}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-hint ${id}-problem`}
            onInput={(event) => {
              setValue(event.currentTarget.value);
              setProblem(undefined);
            }}
          />
          {hint !== undefined && (
            <p id={`${id}-hint`} class="hint">
              {hint}
            </p>
          )}
          <div id={`${id}-problem`} aria-live="polite">
            {problem !== undefined && <FieldError text={problem} />}
          </div>
        </div>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button button-primary" aria-disabled={isBusy}>
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
