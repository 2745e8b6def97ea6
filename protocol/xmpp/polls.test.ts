import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecodeError } from './decode-error.ts';
import { xml, type XmlElement } from './element.ts';
import { jsonMessageElement } from './json-message.ts';
import { decodePollRequest } from './polls.ts';

const message = (value: unknown): XmlElement =>
  xml('message', {}, jsonMessageElement(typeof value === 'string' ? value : JSON.stringify(value)));
const poll = {
  type: 'polls',
  command: 'new-poll',
  pollId: 'p1',
  question: 'Lunch?',
  answers: [{ name: 'Pizza' }, { name: 'Soup' }],
};

test('a poll and an answer are read, and fields nobody knows are dropped', () => {
  expect(decodePollRequest(message({ ...poll, senderId: 'forged', extra: 1 }))).toEqual(poll);
  const answer = { type: 'polls', command: 'answer-poll', pollId: 'p1', answers: [true, false] };
  expect(decodePollRequest(message(answer))).toEqual(answer);
});

test.each([
  ['ten thousand answers', { ...poll, answers: Array.from({ length: 10_000 }, (_, i) => ({ name: `${i}` })) }],
  ['65 answers', { ...poll, answers: Array.from({ length: 65 }, (_, i) => ({ name: `${i}` })) }],
  ['one answer', { ...poll, answers: [{ name: 'Pizza' }] }],
  ['an answer without a word', { ...poll, answers: [{ name: 'Pizza' }, { name: ' ' }] }],
  ['an endless question', { ...poll, question: 'x'.repeat(501) }],
  ['no question', { ...poll, question: '' }],
  ['an id with room for mischief', { ...poll, pollId: 'a b' }],
  ['ten thousand votes', { ...poll, command: 'answer-poll', answers: Array.from({ length: 10_000 }, () => true) }],
  ['votes that are none', { ...poll, command: 'answer-poll', answers: [1, 'yes'] }],
  ['another command', { ...poll, command: 'old-polls', polls: [] }],
  ['something else', { ...poll, type: 'av_moderation' }],
  ['a prototype', '{"__proto__":{"type":"polls","command":"new-poll"}}'],
  ['no JSON', '{'],
])('%s: refused', (_what, value) => {
  expect(() => decodePollRequest(message(value))).toThrow(DecodeError);
});

test('no text makes the reader throw anything but a DecodeError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
      expect(() => decodePollRequest(message(json))).toThrow(DecodeError);
    }),
  );
});
