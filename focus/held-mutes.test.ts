import { expect, test } from 'vitest';
import { HeldMutes } from './held-mutes.ts';

test('what two causes hold back flows again when both are gone', () => {
  const mutes = new HeldMutes();
  expect(mutes.set('audio', 'moderator', true)).toBe(true);
  expect(mutes.set('audio', 'moderation', true)).toBe(false);
  expect(mutes.set('audio', 'moderator', false)).toBe(false);
  expect(mutes.isHeld('audio')).toBe(true);
  expect(mutes.set('audio', 'moderation', false)).toBe(true);
  expect(mutes.all()).toEqual([['audio', false]]);
});

test('kinds are apart, and lifting what nobody holds changes nothing', () => {
  const mutes = new HeldMutes();
  mutes.set('video', 'moderation', true);
  expect([mutes.isHeld('desktop'), mutes.set('desktop', 'moderator', false)]).toEqual([false, false]);
  expect([mutes.has('video', 'moderation'), mutes.has('video', 'moderator')]).toEqual([true, false]);
});
