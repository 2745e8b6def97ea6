import { useId, useRef, useState } from 'preact/hooks';
import type { Poll } from '../../client/meeting-types.ts';
import { formatList } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { nameOf } from '../meeting/people.ts';
import type { Session } from '../meeting/session.ts';
import { FieldError } from '../parts/field-error.tsx';

interface PollProps {
  poll: Poll;
  session: Session;
}

/** One poll: the answers to choose from, or what has been chosen so far. */
export function PollView({ poll, session }: PollProps) {
  const { changing, skipped } = session.pollDrafts;
  const { self } = session.state.value;
  const own = poll.answers.map(({ voters }) => voters.some(({ id }) => id === self.id));
  const hasVoted = own.includes(true);
  const isChoosing = changing.value === poll.id || (!hasVoted && !skipped.value.has(poll.id));
  const titleId = useId();
  const title = useRef<HTMLHeadingElement>(null);
  return (
    <article class="poll" aria-labelledby={titleId}>
      <h3 id={titleId} ref={title} tabIndex={-1} dir="auto">
        {poll.question}
      </h3>
      <p class="hint">
        {poll.author.id === self.id ? (
          t('polls.by-you')
        ) : (
          <Text k="polls.by" args={{ name: nameOf(poll.author.name) }} />
        )}
      </p>
      {isChoosing ? (
        <Choices
          poll={poll}
          own={own}
          hasVoted={hasVoted}
          session={session}
          // What had the focus gives way to the results.
          onDone={() => title.current?.focus()}
        />
      ) : (
        <Results poll={poll} hasVoted={hasVoted} session={session} onChange={() => title.current?.focus()} />
      )}
    </article>
  );
}

type ChoicesProps = PollProps & { own: readonly boolean[]; hasVoted: boolean; onDone: () => void };

function Choices({ poll, own, hasVoted, session, onDone }: ChoicesProps) {
  const { pollDrafts, meeting } = session;
  const [chosen, setChosen] = useState(own);
  const [hasProblem, setProblem] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const problemId = useId();

  const done = (isSkipped: boolean) => {
    pollDrafts.changing.value = undefined;
    pollDrafts.skip(poll.id, isSkipped);
    onDone();
  };
  const vote = async () => {
    // Whoever changes a vote may take it back altogether.
    if (!chosen.includes(true) && !hasVoted) {
      setProblem(true);
      return;
    }
    setBusy(true);
    const isTaken = await session.tell(meeting.polls.vote(poll.id, chosen));
    setBusy(false);
    if (isTaken) done(!chosen.includes(true));
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void vote();
      }}
    >
      <fieldset class="poll-choices" aria-describedby={problemId}>
        <legend class="hint">{t('polls.choose')}</legend>
        {poll.answers.map(({ name }, index) => (
          <label key={index} class="poll-choice">
            <input
              type="checkbox"
              checked={chosen[index] === true}
              onChange={(event) => {
                setChosen(chosen.with(index, event.currentTarget.checked));
                setProblem(false);
              }}
            />
            <span dir="auto">{name}</span>
          </label>
        ))}
      </fieldset>
      <div id={problemId} aria-live="polite">
        {hasProblem && <FieldError text={t('polls.nothing-chosen')} />}
      </div>
      <div class="row row-wrap">
        <button type="submit" class="button button-primary" aria-disabled={isBusy} aria-busy={isBusy}>
          {t('polls.vote')}
        </button>
        <button type="button" class="button" onClick={() => done(!hasVoted)}>
          {t(hasVoted ? 'common.cancel' : 'polls.skip')}
        </button>
      </div>
    </form>
  );
}

type ResultsProps = PollProps & { hasVoted: boolean; onChange: () => void };

function Results({ poll, hasVoted, session, onChange }: ResultsProps) {
  const { pollDrafts } = session;
  const { self } = session.state.value;
  const people = new Set(poll.answers.flatMap(({ voters }) => voters.map(({ id }) => id))).size;
  return (
    <>
      <ul class="poll-results">
        {poll.answers.map(({ name, voters }, index) => {
          const share = people === 0 ? 0 : Math.round((100 * voters.length) / people);
          const names = voters.map((voter) => (voter.id === self.id ? t('tile.you') : nameOf(voter.name)));
          return (
            <li key={index}>
              <p class="poll-answer">
                <span dir="auto">{name}</span>
                <span class="poll-count">{t('polls.count', { count: voters.length, share })}</span>
              </p>
              <span class="poll-bar" aria-hidden="true">
                <span style={{ inlineSize: `${share}%` }} />
              </span>
              {names.length > 0 && <p class="poll-voters hint">{formatList(names)}</p>}
            </li>
          );
        })}
      </ul>
      <div class="row row-wrap">
        <span class="hint poll-people">{t('polls.people', { count: people })}</span>
        <button
          type="button"
          class="button"
          onClick={() => {
            pollDrafts.changing.value = poll.id;
            onChange();
          }}
        >
          {t(hasVoted ? 'polls.change' : 'polls.vote')}
        </button>
      </div>
    </>
  );
}
