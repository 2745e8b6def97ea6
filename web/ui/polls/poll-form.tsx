import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import type { Session } from '../meeting/session.ts';
import { FieldError } from '../parts/field-error.tsx';
import { checkDraft, EMPTY_DRAFT, MAX_ANSWERS, MIN_ANSWERS, type DraftProblem } from './poll-drafts.ts';

/** The server takes as much. */
const MAX_LENGTH = 500;

/** A new question with its answers. */
export function PollForm({ session }: { session: Session }) {
  const { draft, isAsking } = session.pollDrafts;
  const { question, answers } = draft.value;
  const [problem, setProblem] = useState<DraftProblem>();
  const [isBusy, setBusy] = useState(false);
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const fields = () => [...(form.current?.querySelectorAll<HTMLElement>('textarea, input') ?? [])];
  useEffect(() => fields()[0]?.focus(), []);

  const change = (next: Partial<typeof draft.value>) => {
    draft.value = { ...draft.peek(), ...next };
    setProblem(undefined);
  };
  const ask = async () => {
    const checked = checkDraft(draft.peek());
    if (typeof checked === 'string') {
      setProblem(checked);
      (checked === 'no-question'
        ? fields()[0]
        : fields().find((field, index) => index > 0 && !hasText(field))
      )?.focus();
      return;
    }
    setBusy(true);
    const isAsked = await session.tell(session.meeting.polls.ask(checked.question, checked.answers));
    setBusy(false);
    if (!isAsked) return;
    draft.value = EMPTY_DRAFT;
    isAsking.value = false;
  };

  return (
    <form
      ref={form}
      class="poll-form"
      aria-label={t('polls.new')}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <div class="field">
        <label class="label" for={`${id}-question`}>
          {t('polls.question')}
        </label>
        <textarea
          id={`${id}-question`}
          class="input"
          rows={2}
          maxLength={MAX_LENGTH}
          dir="auto"
          value={question}
          aria-invalid={problem === 'no-question'}
          aria-describedby={`${id}-problem`}
          onInput={(event) => change({ question: event.currentTarget.value })}
        />
      </div>
      {answers.map((answer, index) => (
        // Answers have no identity but their place.
        <div key={index} class="poll-form-answer">
          <input
            class="input"
            type="text"
            maxLength={MAX_LENGTH}
            dir="auto"
            autocomplete="off"
            aria-label={t('polls.answer-number', { number: index + 1 })}
            placeholder={t('polls.answer-number', { number: index + 1 })}
            value={answer}
            aria-invalid={problem !== undefined && problem !== 'no-question'}
            onInput={(event) => change({ answers: answers.with(index, event.currentTarget.value) })}
          />
          {answers.length > MIN_ANSWERS && (
            <button
              type="button"
              class="icon-button"
              aria-label={t('polls.remove-answer', { number: index + 1 })}
              onClick={() => {
                change({ answers: answers.toSpliced(index, 1) });
                fields()[index]?.focus();
              }}
            >
              <Icon name="x" />
            </button>
          )}
        </div>
      ))}
      {answers.length < MAX_ANSWERS && (
        <button
          type="button"
          class="button"
          onClick={() => {
            change({ answers: [...answers, ''] });
            requestAnimationFrame(() => fields().at(-1)?.focus());
          }}
        >
          <Icon name="plus" size="m" />
          {t('polls.add-answer')}
        </button>
      )}
      <div id={`${id}-problem`} aria-live="polite">
        {problem !== undefined && <FieldError text={t(`polls.${problem}`)} />}
      </div>
      <div class="row row-wrap">
        <button type="submit" class="button button-primary" aria-disabled={isBusy} aria-busy={isBusy}>
          {t('polls.ask')}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            isAsking.value = false;
          }}
        >
          {t('common.cancel')}
        </button>
      </div>
    </form>
  );
}

function hasText(field: HTMLElement): boolean {
  return field instanceof HTMLInputElement && field.value.trim() !== '';
}
