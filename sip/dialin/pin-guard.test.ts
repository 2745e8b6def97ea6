import { expect, test } from 'vitest';
import { PinGuard } from './pin-guard.ts';

function guessed(
  times: number,
  from: { source: string; trunk: string },
): { guard: PinGuard; clock: { nowMs: number } } {
  const clock = { nowMs: 0 };
  const guard = new PinGuard(() => clock.nowMs);
  for (let time = 0; time < times; time += 1) guard.wrong(from);
  return { guard, clock };
}

test('twenty wrong PINs from one source close it, whichever trunk it comes by', () => {
  const { guard } = guessed(20, { source: '192.0.2.1', trunk: 'a' });
  expect(guard.isOpen({ source: '192.0.2.1', trunk: 'b' })).toBe(false);
  expect(guard.isOpen({ source: '192.0.2.2', trunk: 'b' })).toBe(true);
});

test('twenty wrong PINs over one trunk close it, whatever their source', () => {
  const { guard } = guessed(20, { source: '192.0.2.1', trunk: 'a' });
  expect(guard.isOpen({ source: '192.0.2.2', trunk: 'a' })).toBe(false);
});

test('nineteen do not', () => {
  const { guard } = guessed(19, { source: '192.0.2.1', trunk: 'a' });
  expect(guard.isOpen({ source: '192.0.2.1', trunk: 'a' })).toBe(true);
});

test('it opens again by and by: one PIN in three seconds', () => {
  const { guard, clock } = guessed(20, { source: '192.0.2.1', trunk: 'a' });
  clock.nowMs = 3_100;
  expect(guard.isOpen({ source: '192.0.2.1', trunk: 'a' })).toBe(true);
  guard.wrong({ source: '192.0.2.1', trunk: 'a' });
  expect(guard.isOpen({ source: '192.0.2.1', trunk: 'a' })).toBe(false);
});

test('an IPv6 network counts as one source', () => {
  const { guard } = guessed(20, { source: '2001:db8::1', trunk: 'a' });
  expect(guard.isOpen({ source: '2001:db8::2', trunk: 'b' })).toBe(false);
});
