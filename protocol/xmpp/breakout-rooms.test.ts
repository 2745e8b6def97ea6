import { expect, test } from 'vitest';
import { encodeBreakoutRequest, readBreakoutRequest, type BreakoutRequest } from './breakout-rooms.ts';
import { xml } from './element.ts';

const room = '9b8e4798-ebb2-49d5-abac-2d3b156404df@breakout.meet.example';

test.each<BreakoutRequest>([
  { action: 'add', name: 'Red' },
  { action: 'remove', room },
  { action: 'rename', room, name: 'Blue' },
  { action: 'move-to-room', participant: 'standup@muc.meet.example/1f0c9a7e', room },
  { action: 'set-timer', durationMs: 600_000 },
  { action: 'stop-timer' },
])('a request survives the wire: %j', (request) => {
  expect(readBreakoutRequest(xml('message', {}, encodeBreakoutRequest(request)))).toEqual(request);
});

test.each([
  {},
  { type: 'features/breakout-rooms/add' },
  { type: 'features/breakout-rooms/remove', subject: 'Red' },
  { type: 'features/breakout-rooms/rename', breakoutRoomJid: room },
  { type: 'features/breakout-rooms/move-to-room', roomJid: room },
  { type: 'features/breakout-rooms/set-timer' },
  ...['0', '-1', '1.5', '1e3', '86400001', '999999999', 'soon'].map((durationMs) => ({
    type: 'features/breakout-rooms/set-timer',
    durationMs,
  })),
  { type: '__proto__', subject: 'Red' },
])('%j asks for nothing', (attributes) => {
  expect(readBreakoutRequest(xml('message', {}, xml('breakout_rooms', attributes)))).toBeUndefined();
});
