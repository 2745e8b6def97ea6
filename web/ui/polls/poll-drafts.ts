import { signal } from '@preact/signals';

/** Design §4: two to ten answers. */
export const MIN_ANSWERS = 2;
export const MAX_ANSWERS = 10;

export interface PollDraft {
  readonly question: string;
  readonly answers: readonly string[];
}

export const EMPTY_DRAFT: PollDraft = { question: '', answers: ['', ''] };

/** What one has begun with polls, kept while the panel is closed. */
export class PollDrafts {
  /** Somebody is writing a question. */
  readonly isAsking = signal(false);
  readonly draft = signal(EMPTY_DRAFT);
  /** Polls in which one looks at the votes of others without voting. */
  readonly skipped = signal<ReadonlySet<string>>(new Set());
  /** The poll in which one is changing one's vote. */
  readonly changing = signal<string | undefined>(undefined);

  skip(id: string, isSkipped: boolean): void {
    const others = [...this.skipped.peek()].filter((one) => one !== id);
    this.skipped.value = new Set(isSkipped ? [...others, id] : others);
  }
}

export type DraftProblem = 'no-question' | 'few-answers' | 'same-answers';

/** The question as it would be asked, or why it cannot be. */
export function checkDraft({ question, answers }: PollDraft): PollDraft | DraftProblem {
  const filled = answers.map((answer) => answer.trim()).filter((answer) => answer !== '');
  if (question.trim() === '') return 'no-question';
  if (filled.length < MIN_ANSWERS) return 'few-answers';
  if (new Set(filled).size < filled.length) return 'same-answers';
  return { question: question.trim(), answers: filled };
}
