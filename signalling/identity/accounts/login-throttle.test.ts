import { expect, test } from 'vitest';
import { LoginThrottle } from './login-throttle.ts';

test('an address that fails too often waits, whatever account it tries; others do not', () => {
  let nowMs = 0;
  const throttle = new LoginThrottle(() => nowMs);
  for (let i = 0; i < 20; i += 1) {
    expect(throttle.mayTry('192.0.2.1', `user-${i}`)).toBe(true);
    throttle.failed('192.0.2.1', `user-${i}`);
  }
  expect(throttle.mayTry('192.0.2.1', 'ann')).toBe(false);
  expect(throttle.mayTry('192.0.2.2', 'user-1')).toBe(true);
  nowMs += 10_000;
  expect(throttle.mayTry('192.0.2.1', 'ann')).toBe(true);
});

test('an account whose password many addresses guess is closed to all for a while', () => {
  let nowMs = 0;
  const throttle = new LoginThrottle(() => nowMs);
  for (let i = 0; i < 100; i += 1) throttle.failed(`192.0.2.${i}`, 'ann');
  expect(throttle.mayTry('198.51.100.1', 'ann')).toBe(false);
  expect(throttle.mayTry('198.51.100.1', 'bob')).toBe(true);
  nowMs += 20_000;
  expect(throttle.mayTry('198.51.100.1', 'ann')).toBe(true);
});

test('a million addresses cannot make it remember a million', () => {
  const throttle = new LoginThrottle(() => 0);
  for (let i = 0; i < 20_000; i += 1) throttle.failed(`address ${i}`, 'ann');
  // The first ones have been forgotten, the last ones not.
  for (let i = 0; i < 19; i += 1) throttle.failed('address 19999', `user-${i}`);
  expect(throttle.mayTry('address 19999', 'bob')).toBe(false);
  for (let i = 0; i < 19; i += 1) throttle.failed('address 0', `user-${i}`);
  expect(throttle.mayTry('address 0', 'bob')).toBe(true);
});
