import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallReactions } from './call-reactions.ts';
import { initialState, StateStore } from './meeting-state.ts';
import type { Participant } from './meeting-types.ts';

const bob: Participant = {
  id: 'b27de114',
  displayName: 'Bob',
  isModerator: false,
  isMicrophoneMuted: true,
  isCameraMuted: true,
  handRaisedAtMs: undefined,
  quality: undefined,
  sources: [],
};

function scene(participants: readonly Participant[] = [bob]) {
  const state = new StateStore({ ...initialState('standup', 'Ann'), participants });
  state.patchSelf({ id: '1f0c9a7e' });
  const said: Readonly<Record<string, unknown>>[] = [];
  const reactions = new CallReactions({ say: (payload) => said.push(payload) > 0 }, state);
  return { state, said, reactions, kinds: () => state.value.reactions.map(({ from, kind }) => [from, kind]) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('what one presses shows at once, and goes out together half a second after the last', () => {
  const { said, reactions, kinds } = scene();
  reactions.send('like');
  vi.advanceTimersByTime(400);
  reactions.send('clap');
  expect(kinds()).toEqual([
    ['1f0c9a7e', 'like'],
    ['1f0c9a7e', 'clap'],
  ]);
  vi.advanceTimersByTime(499);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toMatchObject([{ name: 'endpoint-reaction', reactions: ['like', 'clap'] }]);
});

test('whoever keeps pressing sends after twenty', () => {
  const { said, reactions } = scene();
  for (let press = 0; press < 20; press++) reactions.send('love');
  expect(said).toHaveLength(1);
});

test('alone one tells nobody', () => {
  const { said, reactions } = scene([]);
  reactions.send('like');
  vi.advanceTimersByTime(1_000);
  expect(said).toEqual([]);
});

test('reactions go after a while, and never become many', () => {
  const { reactions, kinds } = scene();
  for (let message = 0; message < 10; message++) {
    reactions.receive(bob.id, { name: 'endpoint-reaction', reactions: Array.from({ length: 1_000 }, () => 'clap') });
  }
  expect(kinds()).toHaveLength(50);
  vi.advanceTimersByTime(2_000);
  reactions.receive(bob.id, { name: 'endpoint-reaction', reactions: ['like'] });
  vi.advanceTimersByTime(2_000);
  expect(kinds()).toEqual([['b27de114', 'like']]);
  vi.advanceTimersByTime(2_000);
  expect(kinds()).toEqual([]);
});

test.each([
  ['c0ffee00', { name: 'endpoint-reaction', reactions: ['like'] }],
  ['b27de114', { name: 'other', reactions: ['like'] }],
  ['b27de114', { name: 'endpoint-reaction' }],
  ['b27de114', { name: 'endpoint-reaction', reactions: 'like' }],
  ['b27de114', { name: 'endpoint-reaction', reactions: ['fire', 1, null, { like: true }] }],
])('from %s, %j shows nothing', (from, payload) => {
  const { reactions, kinds } = scene();
  reactions.receive(from, payload);
  expect(kinds()).toEqual([]);
});
