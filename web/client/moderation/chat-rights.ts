import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import type { ChatMode, ChatRights, MeetingState, RoomPermissions } from '../meeting-types.ts';
import { asObject, type JsonObject } from '../room/component-message.ts';

/** What moderators leave others to write, as `permissions` of the room's metadata (wire note §7.7); pure. */

/** By the names that the server knows; it refuses others. */
const NAMES = ['groupChatRestricted', 'pollCreationRestricted', 'privateChatRestricted', 'questionsAllowed'] as const;

export const NOTHING_RESTRICTED: RoomPermissions = {};

/** @returns undefined for what is not the room's metadata */
export function readPermissions(message: JsonObject): RoomPermissions | undefined {
  if (message['type'] !== 'room_metadata') return undefined;
  const said = asObject(asObject(message['metadata'])?.['permissions']) ?? {};
  return Object.fromEntries(NAMES.filter((name) => said[name] === true).map((name) => [name, true]));
}

/** To whom this person may write. A token may say otherwise; then the server's word counts. */
export function chatRightsOf({ self, permissions }: Pick<MeetingState, 'self' | 'permissions'>): ChatRights {
  if (self.isModerator) return { everyone: true, people: true, moderators: true };
  const people = permissions.privateChatRestricted !== true;
  return {
    everyone: permissions.groupChatRestricted !== true,
    people,
    moderators: people || permissions.questionsAllowed === true,
  };
}

/** What those may who are no moderators. Jitsi's clients know more than these three. */
export function chatModeOf({
  groupChatRestricted,
  privateChatRestricted,
  questionsAllowed,
}: RoomPermissions): ChatMode {
  if (groupChatRestricted !== true) return 'everyone';
  return privateChatRestricted === true && questionsAllowed !== true ? 'off' : 'questions';
}

/** What is reserved beside the chat stays so. */
export function withChatMode({ pollCreationRestricted }: RoomPermissions, mode: ChatMode): RoomPermissions {
  return {
    ...(pollCreationRestricted === true && { pollCreationRestricted }),
    ...(mode !== 'everyone' && { groupChatRestricted: true, privateChatRestricted: true }),
    ...(mode === 'questions' && { questionsAllowed: true }),
  };
}

/** @param to the component. @param room bare JID */
export function permissionsMessage(to: string, room: string, permissions: RoomPermissions): XmlElement {
  const change = JSON.stringify({ type: 'room_metadata', key: 'permissions', data: permissions });
  return xml('message', { to }, xml('room_metadata', { xmlns: NS_JITMEET, room }, change));
}
