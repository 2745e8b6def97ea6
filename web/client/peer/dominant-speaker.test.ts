import { expect, test } from 'vitest';
import { nextSpeaker, NOBODY, type SpeakerState } from './dominant-speaker.ts';

const hear = (before: SpeakerState, looks: number, levels: Readonly<Record<string, number>>): SpeakerState => {
  let state = before;
  for (let look = 0; look < looks; look++) state = nextSpeaker(state, new Map(Object.entries(levels)));
  return state;
};

test('nobody speaks before somebody does', () => {
  expect(hear(NOBODY, 20, { a: 0.001, b: 0 })).toMatchObject({ latest: undefined, isSilent: true });
});

test('the one who speaks is the speaker, also in the silence after', () => {
  const speaking = hear(NOBODY, 4, { a: 0.2, b: 0 });
  expect(speaking).toMatchObject({ latest: 'a', isSilent: false });
  expect(hear(speaking, 4, { a: 0, b: 0 })).toMatchObject({ latest: 'a', isSilent: false });
  expect(hear(speaking, 40, { a: 0, b: 0 })).toMatchObject({ latest: 'a', isSilent: true });
});

test('a short sound of the other one takes no turn, an answer does', () => {
  const speaking = hear(NOBODY, 8, { a: 0.2, b: 0 });
  expect(hear(speaking, 1, { a: 0.2, b: 0.4 }).latest).toBe('a');
  expect(hear(speaking, 8, { a: 0, b: 0.2 }).latest).toBe('b');
});

test('who has left is nobody’s rival', () => {
  const speaking = hear(NOBODY, 8, { a: 0.2, b: 0 });
  expect(hear(speaking, 4, { b: 0.1 }).latest).toBe('b');
});
