import { expect, test } from 'vitest';
import { UsedTokens } from './used-tokens.ts';

function tokens(): { used: UsedTokens; pass: (ms: number) => void } {
  let nowMs = 0;
  return {
    used: new UsedTokens(() => nowMs),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

test('a token is for one room, and for its user a moment longer', () => {
  const { used, pass } = tokens();
  expect(used.mayBeFor('t', '!a')).toBe(true);
  expect(used.claim('t', '!a', '@ann')).toBe(true);
  expect(used.mayBeFor('t', '!a')).toBe(true);
  expect(used.mayBeFor('t', '!b')).toBe(false);
  expect(used.claim('t', '!b', '@ann')).toBe(false);
  expect(used.claim('t', '!a', '@eve')).toBe(false);
  pass(59_999);
  expect(used.claim('t', '!a', '@ann')).toBe(true);
  pass(1);
  expect(used.mayBeFor('t', '!a')).toBe(false);
  expect(used.claim('t', '!a', '@ann')).toBe(false);
  pass(23 * 3_600_000);
  expect(used.claim('t', '!b', '@ann')).toBe(false);
});

test('what is remembered is bounded in time and number', () => {
  const { used, pass } = tokens();
  used.claim('old', '!a', '@ann');
  pass(24 * 3_600_000);
  used.claim('new', '!a', '@ann');
  expect(used.mayBeFor('old', '!b')).toBe(true);
  for (let i = 0; i < 50_000; i += 1) used.claim(`t${i}`, '!a', '@ann');
  expect(used.mayBeFor('new', '!b')).toBe(true);
  expect(used.mayBeFor('t1', '!b')).toBe(false);
});
