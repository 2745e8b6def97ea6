import { t } from '../i18n/messages.ts';
import { Dialog } from '../parts/dialog.tsx';

interface ConfirmProps {
  title: string;
  text: preact.ComponentChildren;
  /** Further choices below the text. */
  children?: preact.ComponentChildren;
  confirm: string;
  isDanger?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once. */
export function Confirm({ title, text, children, confirm, isDanger = false, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose} className="dialog-small">
      <p class="muted">{text}</p>
      {children}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button
          type="button"
          class={isDanger ? 'button button-danger' : 'button button-primary'}
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {confirm}
        </button>
      </div>
    </Dialog>
  );
}

export function LeaveDialog({ onLeave, onClose }: { onLeave: () => void; onClose: () => void }) {
  return (
    <Confirm
      title={t('leave.title')}
      text={t('leave.text')}
      confirm={t('tool.leave')}
      isDanger
      onConfirm={onLeave}
      onClose={onClose}
    />
  );
}

/** Codes and addresses, for whoever helps. */
interface DetailsDialogProps {
  title: string;
  /** What matters of it to everybody; the lines are for whoever looks for a fault. */
  summary?: string;
  lines: readonly string[];
  onClose: () => void;
}

export function DetailsDialog({ title, summary, lines, onClose }: DetailsDialogProps) {
  return (
    <Dialog title={title} onClose={onClose} className="dialog-narrow">
      {summary !== undefined && <p>{summary}</p>}
      <pre class="details" tabIndex={0}>
        {lines.join('\n')}
      </pre>
      <div class="dialog-actions">
        <button
          type="button"
          class="button"
          onClick={() => void navigator.clipboard.writeText(lines.join('\n')).catch(() => undefined)}
        >
          {t('invite.copy')}
        </button>
      </div>
    </Dialog>
  );
}
