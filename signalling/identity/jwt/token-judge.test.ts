import { expect, test } from 'vitest';
import { firstOf, type TokenJudge } from './token-judge.ts';

const refusing = (reason: string): TokenJudge => ({ verify: () => Promise.resolve({ isValid: false, reason }) });

test.each([
  [['Invalid signature', 'Not acceptable by nbf'], 'Not acceptable by nbf'],
  [['Invalid or incorrect alg', 'Invalid signature'], 'Invalid signature'],
  [['Not acceptable by exp (5 sec since expired)', 'Invalid signature'], 'Not acceptable by exp (5 sec since expired)'],
  [['bad token format', 'Invalid signature'], 'bad token format'],
  [['Invalid signature'], 'Invalid signature'],
])('of judges who say %j the word that counts is %s', async (reasons, expected) => {
  expect(await firstOf(reasons.map(refusing))?.verify('x', { room: undefined, addressGroup: 'a' })).toEqual({
    isValid: false,
    reason: expected,
  });
});

test('where nobody judges tokens mean nothing', () => {
  expect(firstOf([])).toBeUndefined();
});
