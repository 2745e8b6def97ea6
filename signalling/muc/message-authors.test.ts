import { expect, test } from 'vitest';
import { MessageAuthors } from './message-authors.ts';

test('the authors of the last two thousand messages are known', () => {
  const authors = new MessageAuthors();
  for (let i = 0; i < 2_500; i += 1) authors.note(`m${i}`, `author ${i}`);
  expect([authors.of('m499'), authors.of('m500'), authors.of('m2499')]).toEqual([
    undefined,
    'author 500',
    'author 2499',
  ]);
});
