import { describe, expect, it } from 'vitest';
import { initialState } from '../../client/meeting-state.ts';
import type { EndReason, MeetingState, Participant } from '../../client/meeting-types.ts';
import { noDevices } from '../devices/device-list.ts';
import { eventsOf } from './events.ts';
import type { Facts } from './facts.ts';

const IDLE: Facts = {
  roomName: 'Tea',
  state: undefined,
  isAudioMuted: true,
  isVideoMuted: true,
  microphoneProblem: undefined,
  cameraProblem: undefined,
  devices: noDevices,
  isTileView: true,
  isAudioOnly: false,
  videoQuality: 2160,
  isStripShown: true,
  isChatOpen: false,
  isParticipantsPaneOpen: false,
  unreadCount: 0,
  email: undefined,
  avatarUrl: undefined,
};

const bob: Participant = {
  id: 'bbbbbbbb',
  displayName: 'Bob',
  matrixId: undefined,
  userId: undefined,
  pictureUrl: undefined,
  isModerator: false,
  isMicrophoneMuted: true,
  isCameraMuted: true,
  handRaisedAtMs: undefined,
  quality: undefined,
  sources: [],
  phone: undefined,
};

const start = initialState('Tea', 'Ann');

function inState(changes: Partial<MeetingState>, rest: Partial<Facts> = {}): Facts {
  return { ...IDLE, ...rest, state: { ...start, self: { ...start.self, id: 'aaaaaaaa' }, ...changes } };
}

const joined = inState({ phase: { name: 'joined' } });
const ended = (reason: EndReason) => inState({ phase: { name: 'ended', reason } });

/** Names of the events from one to the next, over all of them. */
function namesOver(...facts: readonly Facts[]): string[] {
  return facts.flatMap((after, index) => {
    const before = facts[index - 1];
    return before === undefined ? [] : eventsOf(before, after).map(({ name }) => name);
  });
}

describe('the way in', () => {
  it('is told once, before those who are there', () => {
    const withBob = inState({ phase: { name: 'joined' }, participants: [bob] });
    expect(namesOver(IDLE, inState({ phase: { name: 'joining' } }), withBob, withBob)).toEqual([
      'video-conference-joined',
      'participant-joined',
    ]);
    expect(eventsOf(IDLE, withBob)).toEqual([
      {
        name: 'video-conference-joined',
        fields: {
          roomName: 'Tea',
          id: 'aaaaaaaa',
          displayName: 'Ann',
          formattedDisplayName: 'tile.name-you',
          breakoutRoom: false,
          visitor: false,
        },
      },
      {
        name: 'participant-joined',
        fields: { id: 'bbbbbbbb', displayName: 'Bob', formattedDisplayName: 'Bob' },
      },
    ]);
  });

  it('says when a password is asked for', () => {
    expect(namesOver(IDLE, inState({ phase: { name: 'password-required', wasWrong: false } }))).toEqual([
      'password-required',
    ]);
  });

  it('carries the picture and the address that the embedding page gave', () => {
    const known = { email: '@ann:example.org', avatarUrl: 'https://a.example/ann.png' };
    const [event] = eventsOf({ ...IDLE, ...known }, { ...joined, ...known });
    expect(event?.fields).toMatchObject({ email: '@ann:example.org', avatarURL: 'https://a.example/ann.png' });
  });
});

describe('the way out', () => {
  const inOrder: EndReason[] = [
    { code: 'left' },
    { code: 'meeting-ended', by: 'Bob' },
    { code: 'replaced' },
    { code: 'kicked', by: 'Bob', text: undefined },
    { code: 'banned', by: undefined },
  ];
  it.each(inOrder)('by “$code” is left, then ready to close, each once', (reason) => {
    const names = namesOver(joined, ended(reason), ended(reason)).filter((name) => name !== 'participant-kicked-out');
    expect(names).toEqual(['video-conference-left', 'video-ready-to-close']);
  });

  const fatal: EndReason[] = [
    { code: 'unreachable', host: 'meet.example' },
    { code: 'protocol-error', text: 'x' },
    { code: 'token-refused', problem: 'expired', text: undefined },
    { code: 'not-allowed', text: 'You must be a member of this Matrix room' },
    { code: 'members-only' },
    { code: 'refused-in-lobby' },
    { code: 'room-full', max: 2 },
    { code: 'browser-too-old' },
  ];
  it.each(fatal)('by “$code” is left and a fatal error, and never ready to close', (reason) => {
    const events = eventsOf(joined, ended(reason));
    expect(events.map(({ name }) => name)).toEqual(['video-conference-left', 'error-occurred']);
    expect(events[1]?.fields).toMatchObject({ error: { isFatal: true, message: expect.any(String) } });
  });

  it('before one was in is no leaving', () => {
    const joining = inState({ phase: { name: 'joining' } });
    expect(namesOver(joining, ended({ code: 'left' }))).toEqual(['video-ready-to-close']);
    expect(namesOver(joining, ended({ code: 'members-only' }))).toEqual(['error-occurred']);
  });

  it('says in words of the server why one may not enter', () => {
    const [error] = eventsOf(IDLE, ended({ code: 'not-allowed', text: 'You must be a member of this Matrix room' }));
    expect(error?.fields).toMatchObject({
      error: { message: 'You must be a member of this Matrix room', type: 'CONFERENCE' },
    });
  });

  it('is none while the person can still log in here', () => {
    expect(namesOver(IDLE, ended({ code: 'login-required' }))).toEqual([]);
  });

  it('by a moderator says who it was', () => {
    const [event] = eventsOf(joined, ended({ code: 'kicked', by: 'Bob', byId: 'bbbbbbbb', text: undefined }));
    expect(event).toEqual({
      name: 'participant-kicked-out',
      fields: { kicked: { id: 'aaaaaaaa', name: 'Ann', local: true }, kicker: { id: 'bbbbbbbb', name: 'Bob' } },
    });
  });
});

describe('in the meeting', () => {
  const withBob = inState({ phase: { name: 'joined' }, participants: [bob] });
  const changed = (change: Partial<Participant>) =>
    eventsOf(withBob, inState({ phase: { name: 'joined' }, participants: [{ ...bob, ...change }] }));

  it.each([
    [{ displayName: 'Rob' }, 'display-name-change', { displayname: 'Rob', formattedDisplayName: 'Rob' }],
    [{ pictureUrl: 'https://c.example/b.png' }, 'avatar-changed', { avatarURL: 'https://c.example/b.png' }],
    [{ isModerator: true }, 'participant-role-changed', { role: 'moderator' }],
    [{ handRaisedAtMs: 1234 }, 'raise-hand-updated', { handRaised: 1234 }],
    [{ isMicrophoneMuted: false }, 'participant-muted', { isMuted: false, mediaType: 'audio' }],
  ])('%j of somebody is %s', (change, name, fields) => {
    expect(changed(change)).toEqual([{ name, fields: { id: 'bbbbbbbb', ...fields } }]);
  });

  it('says of newcomers who they are by the server’s word', () => {
    const known = (change: Partial<Participant>) =>
      eventsOf(joined, inState({ phase: { name: 'joined' }, participants: [{ ...bob, ...change }] }))[0]?.fields;
    expect(known({ matrixId: '@bob:example.org', userId: '@bob:example.org' })).toMatchObject({
      userContext: { id: '@bob:example.org' },
    });
    expect(known({ userId: 'moodle-7' })).toMatchObject({ userContext: { id: 'moodle-7' } });
    expect(known({})).not.toHaveProperty('userContext');
  });

  it('who is removed was so by somebody, and has left', () => {
    const removed = { id: 'bbbbbbbb', name: 'Bob', by: { id: 'cccccccc', name: 'Cy' } };
    expect(eventsOf(withBob, inState({ phase: { name: 'joined' }, removed }))).toEqual([
      {
        name: 'participant-kicked-out',
        fields: { kicked: { id: 'bbbbbbbb', name: 'Bob', local: false }, kicker: { id: 'cccccccc', name: 'Cy' } },
      },
      { name: 'participant-left', fields: { id: 'bbbbbbbb' } },
    ]);
  });

  it('says what moderators keep for themselves, and whom they allow it', () => {
    const having = (reservations: MeetingState['reservations']) => inState({ phase: { name: 'joined' }, reservations });
    const on = having({ kinds: ['audio'], allowedSelf: [], allowed: {} });
    const told = (before: Facts, after: Facts) => eventsOf(before, after).map(({ name, fields }) => [name, fields]);
    expect(told(joined, on)).toEqual([['moderation-status-changed', { mediaType: 'audio', enabled: true }]]);
    const allowed = having({ kinds: ['audio'], allowedSelf: ['audio'], allowed: { audio: ['bbbbbbbb'] } });
    expect(told(on, allowed)).toEqual([
      ['moderation-participant-approved', { id: 'bbbbbbbb', mediaType: 'audio' }],
      ['moderation-participant-approved', { id: 'aaaaaaaa', mediaType: 'audio' }],
    ]);
    const taken = having({ kinds: ['audio'], allowedSelf: ['audio'], allowed: { audio: [] } });
    expect(told(allowed, taken)).toEqual([['moderation-participant-rejected', { id: 'bbbbbbbb', mediaType: 'audio' }]]);
    expect(told(taken, joined)).toEqual([['moderation-status-changed', { mediaType: 'audio', enabled: false }]]);
  });

  it('tells of breakout rooms as long as there are any', () => {
    const main = { jid: 'tea@muc.x', name: '', isMain: true, people: [] };
    const person = { id: 'bbbbbbbb', displayName: 'Bob', matrixId: undefined, isModerator: true };
    const red = { jid: '7c8f@breakout.x', name: 'Red', isMain: false, people: [person] };
    const breakout = { rooms: [main, red], current: undefined, isMoving: false, endsAtMs: undefined };
    const open = inState({ phase: { name: 'joined' }, breakout });
    const participants = {
      '7c8f@breakout.x/bbbbbbbb': { jid: '7c8f@breakout.x/bbbbbbbb', role: 'moderator', displayName: 'Bob' },
    };
    expect(eventsOf(joined, open)).toEqual([
      {
        name: 'breakout-rooms-updated',
        fields: {
          rooms: {
            tea: { id: 'tea', jid: 'tea@muc.x', name: '', isMainRoom: true, participants: {} },
            '7c8f': { id: '7c8f', jid: '7c8f@breakout.x', name: 'Red', isMainRoom: false, participants },
          },
        },
      },
    ]);
    expect(eventsOf(open, joined)).toEqual([{ name: 'breakout-rooms-updated', fields: { rooms: {} } }]);
    const stillNone = inState({ phase: { name: 'joined' }, breakout: { ...breakout, rooms: [] } });
    expect(eventsOf(joined, stillNone)).toEqual([]);
  });

  it('who goes has left', () => {
    expect(eventsOf(withBob, joined)).toEqual([{ name: 'participant-left', fields: { id: 'bbbbbbbb' } }]);
  });

  it('messages are told once, own ones as outgoing', () => {
    const message = (id: string, isOwn: boolean) => ({
      type: 'message' as const,
      id,
      from: isOwn ? 'aaaaaaaa' : 'bbbbbbbb',
      fromName: isOwn ? 'Ann' : 'Bob',
      isOwn,
      privateWith: undefined,
      text: `text of ${id}`,
      atMs: 0,
      delivery: 'sent' as const,
      messageId: id,
      replyTo: undefined,
      isEdited: false,
      isRetracted: false,
      reactions: [],
    });
    const chat = [message('1', false), message('2', true)];
    const after = inState({ phase: { name: 'joined' }, chat });
    expect(eventsOf(joined, after)).toEqual([
      {
        name: 'incoming-message',
        fields: { message: 'text of 1', privateMessage: false, from: 'bbbbbbbb', nick: 'Bob', messageId: '1' },
      },
      { name: 'outgoing-message', fields: { message: 'text of 2', privateMessage: false } },
    ]);
    const edited = chat.map((entry) => ({ ...entry, text: 'changed' }));
    expect(eventsOf(after, inState({ phase: { name: 'joined' }, chat: edited }))).toEqual([]);
    // Another room of the same meeting has its own talk.
    expect(eventsOf(after, inState({ phase: { name: 'joined' }, chat: [message('9', false)] }))).toEqual([]);
  });

  it('nothing is told when nothing changed', () => {
    expect(eventsOf(withBob, withBob)).toEqual([]);
    expect(eventsOf(withBob, { ...withBob })).toEqual([]);
  });
});

it('devices are told of before one has joined, too', () => {
  expect(eventsOf(IDLE, { ...IDLE, isAudioMuted: false, cameraProblem: 'blocked' })).toEqual([
    { name: 'audio-mute-status-changed', fields: { muted: false } },
    { name: 'camera-error', fields: { type: 'gum.permission_denied', message: 'blocked' } },
  ]);
});

it('the view is told of: filmstrip, and how good pictures may be', () => {
  expect(eventsOf(IDLE, { ...IDLE, isStripShown: false })).toEqual([
    { name: 'filmstrip-display-changed', fields: { visible: false } },
  ]);
  expect(eventsOf(IDLE, { ...IDLE, videoQuality: 180 })).toEqual([
    { name: 'video-quality-changed', fields: { videoQuality: 180 } },
  ]);
  expect(eventsOf(IDLE, { ...IDLE, isAudioOnly: true, videoQuality: undefined }).map(({ name }) => name)).toEqual([
    'audio-only-changed',
  ]);
});

it('tells when two begin and cease to talk directly', () => {
  const direct = inState({ phase: { name: 'joined' }, participants: [bob], isDirect: true });
  const withBob = inState({ phase: { name: 'joined' }, participants: [bob] });
  expect(eventsOf(withBob, direct)).toEqual([{ name: 'p2p-status-changed', fields: { isP2p: true } }]);
  expect(eventsOf(direct, withBob)).toEqual([{ name: 'p2p-status-changed', fields: { isP2p: false } }]);
});
