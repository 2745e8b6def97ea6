import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignEvenly } from './assignment.ts';
import { closingTime, readBreakoutNews } from './breakout-messages.ts';

const MAIN = 'standup@muc.meet.example';
const ROOM = '7c8f@breakout.meet.example';

test('an update tells which rooms there are and who is where', () => {
  const news = readBreakoutNews({
    type: 'breakout_rooms',
    event: 'features/breakout-rooms/update',
    roomCounter: 1,
    rooms: {
      standup: {
        id: 'standup',
        jid: MAIN,
        name: '',
        isMainRoom: true,
        participants: {
          [`${MAIN}/1f0c9a7e`]: { jid: 'a@meet.example/x', role: 'moderator', displayName: 'Ann', matrixId: 'ann' },
        },
      },
      '7c8f': {
        id: '7c8f',
        jid: ROOM,
        name: 'Red',
        participants: {
          [`${ROOM}/b27de114`]: { jid: 'b@meet.example/x', role: 'participant', matrixId: '@bob:example.org' },
          [`${ROOM}/focus`]: { jid: 'focus@auth.meet.example/focus', role: 'moderator' },
          [`${MAIN}/c0ffee00`]: { jid: 'c@meet.example/x', role: 'participant' },
        },
      },
    },
  });
  expect(news).toMatchObject({
    kind: 'update',
    rooms: [
      {
        jid: MAIN,
        name: '',
        isMain: true,
        people: [{ id: '1f0c9a7e', displayName: 'Ann', matrixId: undefined, isModerator: true }],
      },
      {
        jid: ROOM,
        name: 'Red',
        isMain: false,
        people: [{ id: 'b27de114', displayName: '', matrixId: '@bob:example.org', isModerator: false }],
      },
    ],
  });
  expect(news?.kind === 'update' && news.addresses.get('b27de114')).toBe(`${ROOM}/b27de114`);
});

test('somebody is told where to go', () => {
  const event = 'features/breakout-rooms/move-to-room';
  expect(readBreakoutNews({ type: 'breakout_rooms', event, roomJid: ROOM })).toEqual({ kind: 'move', room: ROOM });
  expect(readBreakoutNews({ type: 'breakout_rooms', event })).toBeUndefined();
});

test.each([
  [undefined, undefined],
  [0, 0],
  [60_000, 60_000],
  [-1, undefined],
  [1e12, undefined],
  ['60000', undefined],
])('time left of %j is read as %j', (remainingMs, expected) => {
  const news = readBreakoutNews({ type: 'breakout_rooms', event: 'features/breakout-rooms/update', remainingMs });
  expect(news).toMatchObject({ kind: 'update', remainingMs: expected });
});

test('the end that people read stays where it is unless somebody moves it', () => {
  expect(closingTime(undefined, 90_000, 0)).toBeUndefined();
  expect(closingTime(60_000, undefined, 1_000)).toBe(61_000);
  expect(closingTime(60_000, 61_000, 1_300)).toBe(61_000);
  expect(closingTime(360_000, 61_000, 1_300)).toBe(361_300);
});

test('nothing that a component says makes us throw', () => {
  const events = fc.constantFrom('features/breakout-rooms/update', 'features/breakout-rooms/move-to-room', 'x');
  const rooms = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.string(), fc.record({ jid: fc.oneof(fc.string(), fc.integer()), participants: fc.jsonValue() })),
  );
  fc.assert(
    fc.property(events, rooms, (event, value) => {
      readBreakoutNews({ type: 'breakout_rooms', event, rooms: value, roomJid: value });
    }),
  );
});

test('people are spread evenly, everybody once', () => {
  const nat = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 40 });
  fc.assert(
    fc.property(
      nat,
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (people, count, chance) => {
        const rooms = Array.from({ length: count }, (_, index) => `room-${index}`);
        const plan = assignEvenly(people, rooms, () => chance.next().value);
        expect([...plan.keys()].toSorted()).toEqual(people.toSorted());
        const sizes = rooms.map((room) => [...plan.values()].filter((one) => one === room).length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
  expect(assignEvenly(['a'], [], Math.random).size).toBe(0);
});
