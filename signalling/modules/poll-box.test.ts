import { expect, test } from 'vitest';
import type { PollRequest } from '#protocol/xmpp/polls.ts';
import { PollBox } from './poll-box.ts';

const poll = (pollId: string, question = 'Lunch?'): PollRequest => ({
  type: 'polls',
  command: 'new-poll',
  pollId,
  question,
  answers: [{ name: 'Pizza' }, { name: 'Soup' }],
});
const vote = (pollId: string, ...answers: boolean[]): PollRequest => ({
  type: 'polls',
  command: 'answer-poll',
  pollId,
  answers,
});

test('the last word of each person counts', () => {
  const box = new PollBox();
  expect(box.take('ann', 'Ann', poll('p1'))).toBeUndefined();
  expect(box.take('bob', undefined, vote('p1', true, true))).toBeUndefined();
  expect(box.take('bob', 'Bob', vote('p1', false, true))).toBeUndefined();
  expect(box.all).toEqual([
    {
      pollId: 'p1',
      senderId: 'ann',
      senderName: 'Ann',
      question: 'Lunch?',
      answers: [
        { name: 'Pizza', voters: [] },
        { name: 'Soup', voters: [{ id: 'bob', name: 'Bob' }] },
      ],
    },
  ]);
});

test('ids are taken once, votes fit their poll', () => {
  const box = new PollBox();
  box.take('ann', 'Ann', poll('p1'));
  expect(box.take('eve', 'Eve', poll('p1', 'Mine?'))).toBe('exists');
  expect(box.take('eve', 'Eve', vote('p2', true, true))).toBe('unknown');
  expect(box.take('eve', 'Eve', vote('p1', true))).toBe('other-answers');
});

test('there is an end to polls, words and voters', () => {
  const many = new PollBox();
  for (let i = 0; i < 128; i += 1) expect(many.take('ann', 'Ann', poll(`p${i}`))).toBeUndefined();
  expect(many.take('ann', 'Ann', poll('more'))).toBe('full');
  for (let i = 0; i < 1_000; i += 1) expect(many.take(`n${i}`, '', vote('p1', true, false))).toBeUndefined();
  expect(many.take('one more', '', vote('p1', true, false))).toBe('full');
  expect(many.take('n1', '', vote('p1', false, false))).toBeUndefined();
  const long = new PollBox();
  const taken = Array.from({ length: 128 }, (_, i) => long.take('ann', 'Ann', poll(`p${i}`, 'x'.repeat(2_000))));
  expect(taken.filter((refusal) => refusal === undefined)).toHaveLength(65);
});
