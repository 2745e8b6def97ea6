import { expect, test } from 'vitest';
import { Room } from '../muc/room.ts';
import { BreakoutMeeting } from './breakout-meeting.ts';

const main = (): Room =>
  new Room({
    jid: 'standup@muc.meet.example',
    lobbyJid: 'standup@lobby.meet.example',
    meetingId: 'm',
    createdAtMs: 0,
    historyMessages: 0,
  });
const jid = (name: string): string => `${name}@breakout.meet.example`;

test('fifty rooms at a time; the counter counts all there have been', () => {
  const meeting = new BreakoutMeeting(main());
  for (let i = 0; i < 50; i += 1) expect(meeting.add(jid(`r${i}`), `Room ${i}`)).toBeUndefined();
  expect(meeting.add(jid('more'), 'One more')).toBe('too-many');
  expect(meeting.remove(jid('r0'))).toBeUndefined();
  expect(meeting.remove(jid('r0'))).toBe('unknown');
  expect(meeting.add(jid('more'), 'One more')).toBeUndefined();
  const update = meeting.describe(() => undefined);
  expect('rooms' in update && [update.roomCounter, Object.keys(update.rooms).length]).toEqual([51, 51]);
});

test('names have a letter and an end', () => {
  const meeting = new BreakoutMeeting(main());
  expect(meeting.add(jid('a'), '  ')).toBe('bad-name');
  expect(meeting.add(jid('a'), 'x'.repeat(256))).toBe('bad-name');
  meeting.add(jid('a'), 'Red');
  expect(meeting.rename(jid('a'), '')).toBe('bad-name');
  expect(meeting.rename(jid('b'), 'Blue')).toBe('unknown');
  expect(meeting.rename(jid('a'), 'Blue')).toBeUndefined();
  expect(meeting.describe(() => undefined)).toMatchObject({ rooms: { a: { name: 'Blue', participants: {} } } });
});

test('the description names the main room, and is plain JSON', () => {
  const room = main();
  room.subject = { text: 'Stand-up', from: `${room.jid}/1f0c9a7e` };
  const update = new BreakoutMeeting(room).describe(() => undefined);
  expect(JSON.parse(JSON.stringify(update))).toEqual({
    type: 'breakout_rooms',
    event: 'features/breakout-rooms/update',
    roomCounter: 0,
    rooms: { standup: { id: 'standup', jid: room.jid, name: 'Stand-up', isMainRoom: true, participants: {} } },
  });
});

test('only those who were let in are', () => {
  const meeting = new BreakoutMeeting(main());
  meeting.admit({ jid: 'a@meet.example/1' });
  expect([meeting.hasAdmitted('a@meet.example/2'), meeting.hasAdmitted('b@meet.example/1')]).toEqual([true, false]);
});
