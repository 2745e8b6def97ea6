import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import type { Session } from '../meeting/session.ts';
import { Panel } from '../parts/panel.tsx';
import { PollForm } from './poll-form.tsx';
import { PollView } from './poll-view.tsx';

/** The polls of the meeting, the newest first, and a new one. */
export function PollsPanel({ session }: { session: Session }) {
  const { polls } = session.state.value;
  const { isAsking } = session.pollDrafts;
  const ask = (
    <button
      type="button"
      class="button button-primary button-wide"
      onClick={() => {
        isAsking.value = true;
      }}
    >
      <Icon name="plus" size="m" />
      {t('polls.new')}
    </button>
  );
  return (
    <Panel
      title={t('tool.polls')}
      className="panel-polls"
      onClose={() => {
        session.panel.value = undefined;
      }}
      footer={isAsking.value ? undefined : ask}
    >
      <div class="panel-body polls" tabIndex={-1}>
        {isAsking.value ? (
          <PollForm session={session} />
        ) : (
          <>
            {polls.length === 0 && <p class="polls-empty hint">{t('polls.empty')}</p>}
            {polls.toReversed().map((poll) => (
              <PollView key={poll.id} poll={poll} session={session} />
            ))}
          </>
        )}
      </div>
    </Panel>
  );
}
