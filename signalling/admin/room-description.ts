import { z } from 'zod';
import { FOCUS_NICK, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { roomPath } from '#protocol/xmpp/room-address.ts';
import type { Identity } from '../identity/identity.ts';
import { displayName } from '../muc/lobby-rules.ts';
import type { Occupant, Room } from '../muc/room.ts';

/** What an administrator is told of a room; the commands read the same. */
export const roomDescription = z.object({
  room: z.string().describe('Its name, as in the link.'),
  address: z.string().describe('Its XMPP address.'),
  meetingId: z.string().describe('Of this meeting; the next one under the same name has another.'),
  startedAt: z.string().describe('ISO 8601.'),
  people: z.number().int(),
  waiting: z.number().int().describe('People in its lobby.'),
  hasPassword: z.boolean(),
  hasLobby: z.boolean(),
  breakoutOf: z.string().optional().describe('Address of the room that it is a breakout room of.'),
});
export type RoomDescription = z.infer<typeof roomDescription>;

export const occupantDescription = z.object({
  id: z.string().describe('Endpoint id; in the same meeting it names the same connection.'),
  name: z.string().optional().describe('As the person writes it.'),
  isModerator: z.boolean(),
  login: z.enum(['guest', 'token', 'account', 'gateway']),
  user: z.string().optional().describe('Name of the account, or the id that the token gives.'),
});
export type OccupantDescription = z.infer<typeof occupantDescription>;

export function describeRoom(room: Room, hosts: Pick<XmppHosts, 'domain' | 'muc'>): RoomDescription {
  return {
    room: roomPath(room.jid, hosts),
    address: room.jid,
    meetingId: room.meetingId,
    startedAt: new Date(room.createdAtMs).toISOString(),
    people: room.peopleCount,
    waiting: room.lobby?.knockers().length ?? 0,
    hasPassword: room.password !== undefined,
    hasLobby: room.lobby !== undefined,
    breakoutOf: room.main?.jid,
  };
}

/** The people in a room, in the order they came. */
export function peopleIn(room: Room): Occupant[] {
  return [...room.occupants].filter(({ nick }) => nick !== FOCUS_NICK);
}

export function describeOccupant({ nick, payload, role, identity }: Occupant): OccupantDescription {
  return { id: nick, name: displayName(payload), isModerator: role === 'moderator', ...loginOf(identity) };
}

function loginOf(identity: Identity | undefined): Pick<OccupantDescription, 'login' | 'user'> {
  switch (identity?.kind) {
    case 'token':
      return { login: 'token', user: identity.token.person.id };
    case 'account':
      return { login: 'account', user: identity.username };
    case 'gateway':
      return { login: 'gateway' };
    default:
      return { login: 'guest' };
  }
}
