import { z } from 'zod';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { muteParticipants } from '#protocol/xmpp/mute-bus.ts';
import type { XmppHosts } from '#protocol/xmpp/hosts.ts';
import { roomJid } from '#protocol/xmpp/room-address.ts';
import { parseRoomPath } from '#protocol/xmpp/room-name.ts';
import { AdminError, type AdminServer } from '#runtime/admin.ts';
import { BusError, type Bus } from '#runtime/bus.ts';
import { removeByServer } from '../muc/admin.ts';
import { destroy } from '../muc/leave.ts';
import { metadataChanged } from '../muc/metadata-message.ts';
import type { MucService } from '../muc/muc-service.ts';
import { isTooDeep, type JsonValue } from '../muc/room-metadata.ts';
import type { Occupant, Room } from '../muc/room.ts';
import type { BreakoutRooms } from '../modules/breakout-rooms.ts';
import { describeOccupant, describeRoom, occupantDescription, peopleIn, roomDescription } from './room-description.ts';

export interface RoomAdministration {
  readonly rooms: Pick<MucService, 'rooms' | 'roomOf' | 'act'>;
  readonly breakouts: Pick<BreakoutRooms, 'endOthers' | 'breakoutsOf'>;
  readonly bus: Bus;
  readonly hosts: Pick<XmppHosts, 'domain' | 'muc' | 'metadata'>;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
const MAX_REASON_LENGTH = 500;

const which = {
  room: z
    .string()
    .min(1)
    .max(3_072)
    .describe('As in the link: standup or acme/standup, percent-encoded; or its XMPP address.'),
};
const whom = { ...which, occupant: z.string().min(1).max(64).describe('The id from the list of occupants.') };
const reason = z.string().max(MAX_REASON_LENGTH).optional().describe('What people are told.');
const media = z.enum(['audio', 'video', 'desktop']).describe('Microphone, camera or screen.');
const jsonValue = z.custom<JsonValue>((value) => value !== undefined && !isTooDeep(value as JsonValue), {
  error: 'expected a JSON value of few levels',
});
const metadata = z.object({ metadata: z.record(z.string(), jsonValue) });
const muted = z.object({ muted: z.array(z.string()).readonly().describe('Ids of those who were muted.') });
const occupant = z.object({ occupant: occupantDescription });

/** What an administrator may ask of meetings, also by `npm run rooms`. */
export function addRoomRoutes(admin: AdminServer, { rooms, breakouts, bus, hosts }: RoomAdministration): void {
  const roomAt = (name: string): Room => {
    const room = rooms.roomOf(name.toLowerCase()) ?? rooms.roomOf(jidOf(name, hosts));
    if (room !== undefined) return room;
    throw new AdminError(404, 'no-such-room', `There is no meeting “${name}” now.`, 'List the rooms there are.');
  };
  const personIn = (room: Room, id: string): Occupant => {
    const who = peopleIn(room).find(({ nick }) => nick === id);
    if (who !== undefined) return who;
    throw new AdminError(
      404,
      'no-such-occupant',
      `Nobody with the id “${id}” is in this meeting.`,
      'List its occupants; who comes again has another id.',
    );
  };
  const mute = async (room: Room, kind: z.infer<typeof media>, nick?: string): Promise<z.infer<typeof muted>> => {
    try {
      return await bus.request(muteParticipants, { room: room.jid, kind, ...(nick !== undefined && { nick }) });
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      throw new AdminError(503, 'no-focus', 'The focus does not answer, so nobody is muted.', 'Look at its log.');
    }
  };

  admin.route({
    method: 'GET',
    path: '/rooms',
    summary: 'Meetings that are held now',
    input: z.strictObject({ limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT) }),
    answer: z.object({ rooms: z.array(roomDescription), total: z.number().int().describe('How many there are.') }),
    handle: ({ limit }) => {
      const all = [...rooms.rooms];
      return { rooms: all.slice(0, limit).map((room) => describeRoom(room, hosts)), total: all.length };
    },
  });
  admin.route({
    method: 'GET',
    path: '/rooms/:room',
    summary: 'One meeting',
    input: z.strictObject(which),
    answer: roomDescription,
    handle: ({ room }) => describeRoom(roomAt(room), hosts),
  });
  admin.route({
    method: 'GET',
    path: '/rooms/:room/occupants',
    summary: 'The people in a meeting, in the order they came',
    input: z.strictObject(which),
    answer: z.object({ occupants: z.array(occupantDescription) }),
    handle: ({ room }) => ({ occupants: peopleIn(roomAt(room)).map(describeOccupant) }),
  });
  admin.route({
    method: 'POST',
    path: '/rooms/:room/end',
    summary: 'End a meeting for all, its breakout rooms too',
    input: z.strictObject({ ...which, reason }),
    answer: z.object({ ended: roomDescription }),
    handle: ({ room: name, reason: text }) => {
      const room = roomAt(name);
      const ended = describeRoom(room, hosts);
      breakouts.endOthers(room);
      rooms.act(room, () => destroy(room, text ?? 'The meeting has been ended by the administrator.', undefined));
      return { ended };
    },
  });
  admin.route({
    method: 'POST',
    path: '/rooms/:room/mute',
    summary: 'Mute everybody; they may unmute themselves',
    input: z.strictObject({ ...which, media }),
    answer: muted,
    handle: ({ room, media: kind }) => mute(roomAt(room), kind),
  });
  admin.route({
    method: 'GET',
    path: '/rooms/:room/metadata',
    summary: 'What the clients in a meeting share as JSON values',
    input: z.strictObject(which),
    answer: metadata,
    handle: ({ room }) => ({ metadata: roomAt(room).metadata.values }),
  });
  admin.route({
    method: 'POST',
    path: '/rooms/:room/metadata',
    summary: 'Set one of these values; null takes it out',
    input: z.strictObject({ ...which, key: z.string().min(1).max(64), value: jsonValue }),
    answer: metadata,
    handle: ({ room: name, key, value }) => {
      const room = roomAt(name);
      const refusal = room.metadata.setByServer(key, value);
      if (refusal !== undefined) throw METADATA_REFUSALS[refusal](key);
      const change = { metadataHost: hosts.metadata, breakouts: breakouts.breakoutsOf(room) };
      rooms.act(room, () => metadataChanged(room, key, change));
      return { metadata: room.metadata.values };
    },
  });
  admin.route({
    method: 'POST',
    path: '/rooms/:room/occupants/:occupant/mute',
    summary: 'Mute one person, who may unmute itself',
    input: z.strictObject({ ...whom, media }),
    answer: muted,
    handle: ({ room: name, occupant: id, media: kind }) => {
      const room = roomAt(name);
      return mute(room, kind, personIn(room, id).nick);
    },
  });
  admin.route({
    method: 'POST',
    path: '/rooms/:room/occupants/:occupant/kick',
    summary: 'Remove one person; with ban it cannot come again to this meeting',
    input: z.strictObject({ ...whom, reason, ban: z.boolean().default(false) }),
    answer: occupant,
    handle: ({ room: name, occupant: id, reason: text, ban: isBanned }) => {
      const room = roomAt(name);
      const who = personIn(room, id);
      rooms.act(room, () => removeByServer(room, who, { reason: text, isBanned }));
      return { occupant: describeOccupant(who) };
    },
  });
}

const METADATA_REFUSALS = {
  reserved: (key: string) =>
    new AdminError(
      409,
      'reserved',
      `“${key}” cannot have this value.`,
      '“services” is the server’s own; “permissions” has the switches that signalling/README.md names.',
    ),
  'too-large': (key: string) =>
    new AdminError(409, 'too-large', `“${key}” is too large, or one too many.`, 'A room has 32 values of 4 kB.'),
};

/** @returns no room's address where this is no name of one. */
function jidOf(name: string, hosts: RoomAdministration['hosts']): string {
  try {
    const address = parseRoomPath(name);
    return address === undefined ? '' : roomJid(address, hosts);
  } catch (error) {
    if (error instanceof DecodeError) return '';
    throw error;
  }
}
