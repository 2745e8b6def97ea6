import { t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import { FieldDialog } from '../parts/field-dialog.tsx';

/** The server takes longer ones; nobody reads them. */
const MAX_LENGTH = 60;

export function RenameBreakoutDialog(props: { session: Session; room: string; onClose: () => void }) {
  const { session, room, onClose } = props;
  const known = session.state.peek().breakout.rooms.find(({ jid }) => jid === room);
  const rename = (written: string) => {
    const name = written.trim();
    if (name === '') return t('breakout.no-name');
    void session.tell(session.meeting.breakout.rename(room, name));
    return undefined;
  };
  return (
    <FieldDialog
      title={t('breakout.rename')}
      label={t('breakout.name')}
      input={{ type: 'text', maxLength: MAX_LENGTH, dir: 'auto' }}
      initial={known?.name ?? ''}
      submit={t('breakout.save')}
      onSubmit={rename}
      onClose={onClose}
    />
  );
}
