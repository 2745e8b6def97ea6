import { expect, test } from 'vitest';
import { text } from '#protocol/xmpp/element.ts';
import { NOBODY_STARTS_MUTED, readStartMuted, startMutedMessage } from './start-muted.ts';

const read = (startMuted: unknown) => readStartMuted({ type: 'room_metadata', metadata: { startMuted } });

test('what a moderator sets is what the room’s metadata then says', () => {
  const startMuted = { audio: true, video: false };
  const [element] = startMutedMessage('metadata.meet.example', 'standup@muc.meet.example', startMuted).children;
  const change: unknown = typeof element === 'object' ? JSON.parse(text(element)) : undefined;
  expect(change).toEqual({ type: 'room_metadata', key: 'startMuted', data: startMuted });
  expect(read(startMuted)).toEqual(startMuted);
});

test.each([undefined, null, 'true', [true], { audio: 'true', video: 1 }, {}])('%j mutes nobody', (value) => {
  expect(read(value)).toEqual(NOBODY_STARTS_MUTED);
});

test('another message says nothing of it', () => {
  expect(readStartMuted({ type: 'polls', metadata: { startMuted: { audio: true } } })).toBeUndefined();
});
