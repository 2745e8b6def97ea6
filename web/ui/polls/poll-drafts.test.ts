import { expect, test } from 'vitest';
import { checkDraft, PollDrafts } from './poll-drafts.ts';

test.each([
  [{ question: ' ', answers: ['a', 'b'] }, 'no-question'],
  [{ question: 'When?', answers: ['a', ' ', ''] }, 'few-answers'],
  [{ question: 'When?', answers: ['a', 'b', ' a'] }, 'same-answers'],
  [
    { question: ' When? ', answers: ['a', '', 'b '] },
    { question: 'When?', answers: ['a', 'b'] },
  ],
])('%j is asked as %j', (draft, result) => {
  expect(checkDraft(draft)).toEqual(result);
});

test('who skipped may look again and vote', () => {
  const drafts = new PollDrafts();
  drafts.skip('p1', true);
  drafts.skip('p2', true);
  drafts.skip('p1', false);
  expect([...drafts.skipped.value]).toEqual(['p2']);
});
