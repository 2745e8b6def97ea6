import { expect, it } from 'vitest';
import { initialState } from '../../client/meeting-state.ts';
import type { LobbyState } from '../../client/meeting-types.ts';
import { hasKnocked, lobbySentences } from './lobby-news.ts';

const withLobby = (lobby: Partial<LobbyState>) => {
  const state = initialState('standup', 'Ann');
  return { ...state, lobby: { ...state.lobby, ...lobby } };
};
const bob = { id: 'b27de114', displayName: 'Bob' };
const message = { id: 'm1', with: bob.id, fromName: 'Bob', isOwn: false, text: 'Hello', atMs: 0 };

it('tells who came to the door, once, and not who left it', () => {
  const nobody = withLobby({});
  const one = withLobby({ knockers: [bob] });
  expect(hasKnocked(nobody, one)).toBe(true);
  expect(lobbySentences(nobody, one)).toHaveLength(1);
  expect(hasKnocked(one, withLobby({ knockers: [bob] }))).toBe(false);
  expect(lobbySentences(one, nobody)).toEqual([]);
});

it('speaks what people who wait write to moderators, not what we write', () => {
  const before = withLobby({ knockers: [bob] });
  const after = { ...before, lobby: { ...before.lobby, messages: [message] } };
  expect(lobbySentences(before, after)).toHaveLength(1);
  const own = { ...before, lobby: { ...before.lobby, messages: [{ ...message, isOwn: true }] } };
  expect(lobbySentences(before, own)).toEqual([]);
  const outside = { ...before, lobby: { ...before.lobby, messages: [{ ...message, with: undefined }] } };
  expect(lobbySentences(before, outside)).toEqual([]);
});
