import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import type { Session } from '../meeting/session.ts';
import { breakoutName } from './breakout-names.ts';
import { ClosingTime } from './closing-time.tsx';

/** In which breakout room one is, and the way back. */
export function BreakoutBar({ session }: { session: Session }) {
  const { rooms, current, isMoving } = session.state.value.breakout;
  const room = rooms.find(({ jid }) => jid === current);
  if (current === undefined) return null;
  return (
    <div class="breakout-bar" role="region" aria-label={t('breakout.where')}>
      <Icon name="door-open" size="m" />
      <div class="breakout-where">
        <p>
          {isMoving ? t('breakout.moving') : <Text k="breakout.here" args={{ name: room ? breakoutName(room) : '' }} />}
        </p>
        {!isMoving && <ClosingTime session={session} />}
      </div>
      <button
        type="button"
        class="button"
        aria-label={t('breakout.go-back')}
        onClick={() => void session.tell(session.meeting.breakout.goBack())}
      >
        {t('breakout.go-back-short')}
      </button>
    </div>
  );
}
