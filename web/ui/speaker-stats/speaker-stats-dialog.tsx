import { formatElapsed } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { nameOf } from '../meeting/people.ts';
import type { Session } from '../meeting/session.ts';
import { Elapsed } from '../meeting/toolbar.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { Dialog } from '../parts/dialog.tsx';

/** Who has spoken for how long, and how long the meeting has lasted. */
export function SpeakerStatsDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  // Read for its ticking.
  void session.nowMs.value;
  const { self } = session.state.value;
  const times = session.meeting.speakerTimes();
  const longestMs = Math.max(1, ...times.map(({ spokenMs }) => spokenMs));
  return (
    <Dialog title={t('tool.speaker-stats')} onClose={onClose} className="dialog-small">
      <p class="muted speaker-stats-total">
        {t('speaker-stats.duration')} <Elapsed session={session} />
      </p>
      <ul class="speaker-stats" aria-label={t('tool.speaker-stats')}>
        {times.map(({ id, name, spokenMs, isHere }) => {
          const shown = nameOf(name);
          return (
            <li key={id}>
              <Avatar id={id} name={shown} size="s" />
              <span class="speaker-stats-name">
                <bdi class="cut">{id === self.id ? t('tile.name-you', { name: shown }) : shown}</bdi>
                {!isHere && <small class="hint">{t('speaker-stats.left')}</small>}
              </span>
              <span class="elapsed">{formatElapsed(spokenMs)}</span>
              <span class="poll-bar" aria-hidden="true">
                <span style={{ inlineSize: `${(100 * spokenMs) / longestMs}%` }} />
              </span>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
