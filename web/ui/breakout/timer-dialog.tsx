import { t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import { FieldDialog } from '../parts/field-dialog.tsx';

const MAX_MINUTES = 24 * 60;
const USUAL_MINUTES = 10;

/** Asks a moderator how long the breakout rooms stay open. */
export function BreakoutTimerDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const start = (written: string) => {
    const minutes = Number(written);
    if (!(minutes >= 1 && minutes <= MAX_MINUTES)) return t('breakout.bad-minutes', { max: MAX_MINUTES });
    void session.tell(session.meeting.breakout.setTimer(minutes * 60_000));
    return undefined;
  };
  return (
    <FieldDialog
      title={t('breakout.set-timer')}
      label={t('breakout.minutes')}
      hint={t('breakout.timer-hint')}
      input={{ type: 'number', min: 1, max: MAX_MINUTES, inputMode: 'numeric' }}
      initial={String(USUAL_MINUTES)}
      submit={t('breakout.start-timer')}
      onSubmit={start}
      onClose={onClose}
    />
  );
}
