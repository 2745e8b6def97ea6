import { formatElapsed } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import type { Session } from '../meeting/session.ts';
import { isNearEnd } from './closing-warning.ts';

const MORE_MS = 300_000;

/** How long the breakout rooms stay open, counting down; nothing while no end is set. */
export function ClosingTime({ session }: { session: Session }) {
  const { breakout } = session.state.value;
  const { endsAtMs } = breakout;
  if (endsAtMs === undefined) return null;
  const leftMs = Math.max(0, endsAtMs - session.nowMs.value);
  return (
    <p class={isNearEnd(breakout, session.nowMs.value) ? 'breakout-closing is-near' : 'breakout-closing'} role="timer">
      <Icon name="clock" size="s" />
      {/* The last second is one until it is over. */}
      {t('breakout.closes-in', { time: formatElapsed(Math.ceil(leftMs / 1000) * 1000) })}
    </p>
  );
}

/** Puts the end off. */
export function moreTime({ meeting, state }: Session): Promise<void> {
  const leftMs = (state.peek().breakout.endsAtMs ?? 0) - performance.now();
  return meeting.breakout.setTimer(Math.max(0, leftMs) + MORE_MS);
}
