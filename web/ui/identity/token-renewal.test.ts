import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TokenAnswer } from './provider-login.ts';
import { TokenRenewal } from './token-renewal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HOUR = 3_600_000;
const member = (token: string, expiresInMs = HOUR): TokenAnswer => ({ kind: 'member', token, expiresInMs });
const busy: TokenAnswer = { kind: 'later', afterMs: 60_000 };
const gone: TokenAnswer = { kind: 'later', afterMs: undefined };
const nobody: TokenAnswer = { kind: 'nobody' };

function renewal(...answers: readonly TokenAnswer[]) {
  const left = [...answers];
  const tokens: string[] = [];
  let asked = 0;
  const ask = (): Promise<TokenAnswer> => {
    asked += 1;
    return Promise.resolve(left.shift() ?? nobody);
  };
  const subject = new TokenRenewal(ask, (token) => tokens.push(token));
  return { subject, tokens, asked: () => asked };
}

test('a token is renewed before it runs out, until the login is over', async () => {
  const { subject, tokens, asked } = renewal(member('a'), member('b'), nobody);
  expect(await subject.begin()).toBe('a');
  await vi.advanceTimersByTimeAsync(0.79 * HOUR);
  expect(tokens).toEqual([]);
  await vi.advanceTimersByTimeAsync(0.02 * HOUR);
  expect([tokens, subject.hasRunOut]).toEqual([['b'], false]);
  await vi.advanceTimersByTimeAsync(10 * HOUR);
  expect([asked(), subject.hasRunOut]).toEqual([3, true]);
});

test('a server that is too busy or away is asked again; the token of before stays', async () => {
  const { subject, tokens, asked } = renewal(member('a'), busy, gone, member('b'));
  await subject.begin();
  await vi.advanceTimersByTimeAsync(0.8 * HOUR);
  expect([asked(), tokens]).toEqual([2, []]);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(asked()).toBe(2);
  await vi.advanceTimersByTimeAsync(1_000 + 30_000);
  expect([asked(), tokens]).toEqual([4, ['b']]);
});

test('joining waits a while for a server that is too busy, then goes on without', async () => {
  const waiting = renewal(busy, member('a'));
  const first = waiting.subject.begin();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await first).toBe('a');
  const vain = renewal(busy, busy, busy, member('late'));
  const none = vain.subject.begin();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([await none, vain.asked()]).toEqual([undefined, 3]);
  const away = renewal(gone, member('late'));
  expect([await away.subject.begin(), away.asked()]).toEqual([undefined, 1]);
});

test('who has not logged in, or leaves, is asked for nothing more', async () => {
  const guest = renewal(nobody);
  expect(await guest.subject.begin()).toBeUndefined();
  const left = renewal(member('a'), member('b'));
  await left.subject.begin();
  left.subject.close();
  await vi.advanceTimersByTimeAsync(10 * HOUR);
  expect([guest.asked(), left.asked(), left.tokens]).toEqual([1, 1, []]);
});
