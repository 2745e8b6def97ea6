import { useRef } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

interface ConfirmProps {
  title: string;
  text: preact.ComponentChildren;
  confirm: string;
  isDanger?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once. */
function Confirm({ title, text, confirm, isDanger = false, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose} className="dialog-small">
      <p class="muted">{text}</p>
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

export function RemoveDialog({ session, id, onClose }: { session: Session; id: string; onClose: () => void }) {
  const person = session.state.value.participants.find((candidate) => candidate.id === id);
  // Kept for the case that the person leaves while the dialog is open.
  const name = useRef(nameOf(person?.displayName ?? '')).current;
  return (
    <Confirm
      title={t('remove.title', { name })}
      text={<Text k="remove.text" args={{ name }} />}
      confirm={t('remove.confirm')}
      isDanger
      onConfirm={() => void session.tell(session.meeting.kick(id))}
      onClose={onClose}
    />
  );
}

export function MuteEveryoneDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  return (
    <Confirm
      title={t('mute-everyone.title')}
      text={t('mute-everyone.text')}
      confirm={t('people.mute-everyone')}
      onConfirm={() => void session.tell(session.meeting.muteEveryone('audio'))}
      onClose={onClose}
    />
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
export function DetailsDialog({ lines, onClose }: { lines: readonly string[]; onClose: () => void }) {
  return (
    <Dialog title={t('common.details')} onClose={onClose} className="dialog-narrow">
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
