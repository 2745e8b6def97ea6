import { expect, test } from 'vitest';
import { text } from '#protocol/xmpp/element.ts';
import { initialState } from '../meeting-state.ts';
import type { ChatMode, RoomPermissions } from '../meeting-types.ts';
import { chatModeOf, chatRightsOf, permissionsMessage, readPermissions, withChatMode } from './chat-rights.ts';

const read = (permissions: unknown) => readPermissions({ type: 'room_metadata', metadata: { permissions } });

function rights(permissions: RoomPermissions, isModerator = false) {
  const { self } = initialState('standup', 'Ann');
  return chatRightsOf({ self: { ...self, isModerator }, permissions });
}

test.each<[ChatMode, ReturnType<typeof rights>]>([
  ['everyone', { everyone: true, people: true, moderators: true }],
  ['questions', { everyone: false, people: false, moderators: true }],
  ['off', { everyone: false, people: false, moderators: false }],
])('chat for %s: others may this, and moderators everything', (mode, expected) => {
  const permissions = withChatMode({}, mode);
  expect(chatModeOf(permissions)).toBe(mode);
  expect(rights(permissions)).toEqual(expected);
  expect(rights(permissions, true)).toEqual({ everyone: true, people: true, moderators: true });
});

test('what is reserved beside the chat stays so, and the server reads it as we mean it', () => {
  const permissions = withChatMode({ pollCreationRestricted: true, questionsAllowed: true }, 'off');
  const [element] = permissionsMessage('metadata.meet.example', 'standup@muc.meet.example', permissions).children;
  const change: unknown = typeof element === 'object' ? JSON.parse(text(element)) : undefined;
  expect(change).toEqual({
    type: 'room_metadata',
    key: 'permissions',
    data: { pollCreationRestricted: true, groupChatRestricted: true, privateChatRestricted: true },
  });
});

test('Jitsi’s clients may close the chat to all and leave whispering free', () => {
  const permissions = read({ groupChatRestricted: true, questionsAllowed: false, other: true });
  expect(permissions).toEqual({ groupChatRestricted: true });
  expect(rights(permissions ?? {})).toEqual({ everyone: false, people: true, moderators: true });
});

test('nonsense restricts nothing, and other messages are none', () => {
  for (const nonsense of [undefined, null, 7, [], { groupChatRestricted: 'true' }, { __proto__: { x: true } }]) {
    expect(read(nonsense)).toEqual({});
  }
  expect(readPermissions({ type: 'polls', metadata: { permissions: { groupChatRestricted: true } } })).toBeUndefined();
});
