import fc from 'fast-check';
import { expect, test } from 'vitest';
import { componentMessage, type JsonMessage } from '#protocol/xmpp/json-message.ts';
import type { Poll } from '../meeting-types.ts';
import { readComponentMessage } from '../room/component-message.ts';
import { readPollNews } from './poll-messages.ts';
import { changePolls } from './polls.ts';

const HOST = 'polls.meet.example';
const question = {
  type: 'polls',
  command: 'new-poll',
  pollId: 'p1',
  senderId: 'b27de114',
  senderName: 'Bob',
  question: 'When?',
  answers: [{ name: 'Monday' }, { name: 'Tuesday' }],
};
const vote = (senderId: string, ...answers: boolean[]) => ({
  type: 'polls',
  command: 'answer-poll',
  pollId: 'p1',
  senderId,
  senderName: senderId,
  answers,
});

function after(...messages: JsonMessage[]): readonly Poll[] {
  return messages.reduce<readonly Poll[]>((polls, message) => {
    const read = readComponentMessage(componentMessage(HOST, message), HOST);
    const news = read === undefined ? undefined : readPollNews(read);
    return news === undefined ? polls : changePolls(polls, news);
  }, []);
}
const votes = (polls: readonly Poll[]) => polls[0]?.answers.map(({ voters }) => voters.map(({ id }) => id));

test('a question comes with its author and answers', () => {
  expect(after(question)).toEqual([
    {
      id: 'p1',
      question: 'When?',
      author: { id: 'b27de114', name: 'Bob' },
      answers: [
        { name: 'Monday', voters: [] },
        { name: 'Tuesday', voters: [] },
      ],
      isNew: true,
    },
  ]);
});

test('the last word of a person counts', () => {
  expect(votes(after(question, vote('ann', true, true), vote('bob', true, false), vote('ann', false, true)))).toEqual([
    ['bob'],
    ['ann'],
  ]);
  expect(votes(after(question, vote('ann', true, false), vote('ann', false, false)))).toEqual([[], []]);
});

test('newcomers get all there have been, which are news no more', () => {
  const old = { ...question, answers: [{ name: 'Monday', voters: [{ id: 'ann', name: 'Ann' }] }, { name: 'Tuesday' }] };
  const polls = after({ type: 'polls', command: 'old-polls', polls: [old] });
  expect(votes(polls)).toEqual([['ann'], []]);
  expect(polls[0]?.isNew).toBe(false);
});

test('the same words of anybody but the component are nothing', () => {
  const forged = componentMessage('standup@muc.meet.example/b27de114', question);
  expect(readComponentMessage(forged, HOST)).toBeUndefined();
});

test('nothing that a component says makes us throw', () => {
  const anything = fc.record(
    { type: fc.constant('polls'), command: fc.constantFrom('new-poll', 'answer-poll', 'old-polls'), pollId: fc.json() },
    { requiredKeys: ['type'] },
  );
  fc.assert(
    fc.property(anything, fc.dictionary(fc.string(), fc.jsonValue()), (known, more) => {
      expect(Array.isArray(after({ ...more, ...known }))).toBe(true);
    }),
  );
});
