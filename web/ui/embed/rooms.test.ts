import { expect, test } from 'vitest';
import { initialState } from '../../client/meeting-state.ts';
import type { MeetingState, Participant } from '../../client/meeting-types.ts';
import { roomList, roomNamed } from './rooms.ts';

const MAIN = 'tea@muc.meet.example';
const RED = '7c8f@breakout.meet.example';
const start = initialState('Tea', 'Ann');
const alone: MeetingState = { ...start, self: { ...start.self, id: 'aaaaaaaa', isModerator: true } };
const bob: Participant = {
  id: 'bbbbbbbb',
  displayName: 'Bob',
  matrixId: undefined,
  userId: 'moodle-7',
  pictureUrl: undefined,
  isModerator: false,
  isMicrophoneMuted: true,
  isCameraMuted: true,
  handRaisedAtMs: undefined,
  quality: undefined,
  sources: [],
  phone: undefined,
};
const open: MeetingState = {
  ...alone,
  breakout: {
    rooms: [
      { jid: MAIN, name: '', isMain: true, people: [] },
      {
        jid: RED,
        name: 'Red',
        isMain: false,
        people: [{ id: 'bbbbbbbb', displayName: 'Bob', matrixId: '@bob:example.org', isModerator: false }],
      },
    ],
    current: undefined,
    isMoving: false,
    endsAtMs: undefined,
  },
};

test('a meeting of one room lists it, oneself first', () => {
  expect(roomList({ ...alone, participants: [bob] }, MAIN)).toEqual([
    {
      id: MAIN,
      jid: `${MAIN}/aaaaaaaa`,
      isMainRoom: true,
      participants: [
        { id: 'aaaaaaaa', jid: `${MAIN}/aaaaaaaa`, role: 'moderator', displayName: 'Ann' },
        {
          id: 'bbbbbbbb',
          jid: `${MAIN}/bbbbbbbb`,
          role: 'participant',
          displayName: 'Bob',
          userContext: { id: 'moodle-7' },
        },
      ],
    },
  ]);
});

test('breakout rooms are listed with who is in them', () => {
  const person = { id: 'bbbbbbbb', jid: `${RED}/bbbbbbbb`, role: 'participant', displayName: 'Bob' };
  expect(roomList(open, MAIN)).toEqual([
    { id: 'tea', jid: MAIN, isMainRoom: true, participants: [] },
    { id: '7c8f', jid: RED, isMainRoom: false, participants: [{ ...person, userContext: { id: '@bob:example.org' } }] },
  ]);
});

test('embedders may call a room by its id or its address', () => {
  expect([roomNamed(open, '7c8f'), roomNamed(open, RED), roomNamed(open, 'gone')]).toEqual([RED, RED, 'gone']);
});
