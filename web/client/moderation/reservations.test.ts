import { describe, expect, test } from 'vitest';
import { readAvModerationRequest, type AvModerationNotice } from '#protocol/xmpp/av-moderation.ts';
import { initialState } from '../meeting-state.ts';
import type { Reservations } from '../meeting-types.ts';
import { allowMessage, changeReservations, needsAllowance, NOTHING_RESERVED, reserveMessage } from './reservations.ts';

const ROOM = 'standup@muc.meet.example';
const BOB = 'b27de114';
const after = (notices: readonly AvModerationNotice[], before = NOTHING_RESERVED): Reservations =>
  notices.reduce((state, notice) => changeReservations(state, notice, ROOM), before);
const turned = (enabled: boolean, room = ROOM): AvModerationNotice => ({
  type: 'av_moderation',
  mediaType: 'audio',
  enabled,
  room,
  actor: `${room}/1f0c9a7e`,
});
const decided = (change: { approved: true } | { removed: true }): AvModerationNotice => ({
  type: 'av_moderation',
  mediaType: 'audio',
  ...change,
});

function mustAsk(reservations: Reservations, isModerator = false): boolean {
  const state = initialState('standup', 'Ann');
  return needsAllowance({ self: { ...state.self, isModerator }, reservations }, 'audio');
}

describe('who must ask', () => {
  test('everybody but moderators, from the switch on until allowed', () => {
    expect(mustAsk(after([]))).toBe(false);
    expect(mustAsk(after([turned(true)]))).toBe(true);
    expect(mustAsk(after([turned(true)]), true)).toBe(false);
    expect(mustAsk(after([turned(true), decided({ approved: true })]))).toBe(false);
    expect(mustAsk(after([turned(true), decided({ approved: true }), decided({ removed: true })]))).toBe(true);
    expect(mustAsk(after([turned(true), turned(false)]))).toBe(false);
  });

  test('again, when it is switched off and on', () => {
    expect(mustAsk(after([turned(true), decided({ approved: true }), turned(false), turned(true)]))).toBe(true);
  });

  test('nobody on account of another room', () => {
    expect(mustAsk(after([turned(true, 'other@muc.meet.example')]))).toBe(false);
  });
});

test('moderators learn who is allowed; addresses of other rooms and other types do not count', () => {
  const lists = { audio: [`${ROOM}/${BOB}`, `other@muc.meet.example/${BOB}x`, 7] };
  const message = { type: 'av_moderation', room: ROOM, mediaType: 'audio', whitelists: lists };
  expect(changeReservations(NOTHING_RESERVED, message, ROOM).allowed).toEqual({ audio: [BOB], video: [], desktop: [] });
});

test('messages of others and nonsense change nothing', () => {
  for (const message of [
    { type: 'polls' },
    { type: 'av_moderation', mediaType: '__proto__', enabled: true, room: ROOM },
    { type: 'av_moderation', mediaType: 'audio' },
    { type: 'av_moderation', whitelists: null, mediaType: 'audio', room: ROOM },
  ]) {
    expect(changeReservations(NOTHING_RESERVED, message, ROOM)).toBe(NOTHING_RESERVED);
  }
});

test('the server reads what we ask as we mean it', () => {
  const to = 'avmoderation.meet.example';
  expect(readAvModerationRequest(reserveMessage(to, 'video', true))).toEqual({
    kind: 'switch',
    mediaType: 'video',
    isOn: true,
  });
  const target = `${ROOM}/${BOB}`;
  expect(readAvModerationRequest(allowMessage(to, 'desktop', target, true))).toEqual({
    kind: 'approve',
    mediaType: 'desktop',
    target,
  });
  expect(readAvModerationRequest(allowMessage(to, 'audio', target, false))).toMatchObject({ kind: 'reject', target });
});
