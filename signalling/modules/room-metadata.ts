import { child, text, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { JsonValue } from '../muc/room-metadata.ts';
import type { Room } from '../muc/room.ts';
import { IqTable } from '../routing/iq-table.ts';
import type { Component } from '../routing/router.ts';
import type { Sender } from '../routing/sender.ts';
import { discoHandlers } from './disco.ts';
import { pingHandler } from './ping.ts';

/** Characters of one change, so that the parser's work is bounded. */
const MAX_LENGTH = 8_192;
/** Levels of arrays and objects in a value; real ones have three. */
const MAX_DEPTH = 12;

/** What the component needs of the rooms. */
export interface MetadataRooms {
  roomOf(jid: string): Room | undefined;
  announceMetadata(room: Room): void;
}

/** Takes changes of a room's metadata from its moderators and tells everyone in it (wire note §7.7). */
export function roomMetadataComponent(host: string, mucHost: string, rooms: MetadataRooms): Component {
  return {
    host,
    iqs: new IqTable([
      ...discoHandlers({ identities: [{ category: 'component', type: 'room_metadata' }], features: [NS_JITMEET] }),
      pingHandler,
    ]),
    receiveMessage: (sender, message) => receive(rooms, mucHost, sender, message),
  };
}

function receive(rooms: MetadataRooms, mucHost: string, sender: Sender, message: XmlElement): StanzaError | undefined {
  const element = child(message, 'room_metadata', NS_JITMEET);
  if (element === undefined) return stanzaError('cancel', 'service-unavailable');
  const room = rooms.roomOf(element.attrs['room']?.toLowerCase() ?? hintedRoom(sender, mucHost));
  const actor = room?.byJid(sender.jid);
  // Outsiders learn nothing of a room, not even that it exists.
  if (room === undefined || actor === undefined) return stanzaError('auth', 'forbidden', 'You are not in this room.');
  if (actor.role !== 'moderator') return stanzaError('auth', 'forbidden', 'Only moderators may do this.');
  const change = readChange(text(element));
  if (change === undefined) return stanzaError('modify', 'bad-request');
  const refusal = room.metadata.set(change.key, change.data);
  if (refusal === 'reserved') return stanzaError('cancel', 'not-allowed', 'Only the server sets this.');
  if (refusal === 'too-large') return stanzaError('modify', 'policy-violation', 'This is too large.');
  rooms.announceMetadata(room);
  return undefined;
}

/** The room in the URL of the sender's connection, for clients that name none (wire note §7). */
function hintedRoom({ room }: Sender, mucHost: string): string {
  return room === undefined ? '' : `${room.toLowerCase()}@${mucHost}`;
}

/** `{"type":"room_metadata","key":…,"data":…}`, or undefined. */
export function readChange(json: string): { readonly key: string; readonly data: JsonValue } | undefined {
  if (json.length > MAX_LENGTH) return undefined;
  const value = parseJson(json);
  if (value === undefined || !isObject(value) || !isWithinDepth(value, MAX_DEPTH)) return undefined;
  const { type, key, data } = value;
  if (type !== 'room_metadata' || typeof key !== 'string' || key === '' || data === undefined) return undefined;
  return { key, data };
}

function parseJson(json: string): JsonValue | undefined {
  try {
    return JSON.parse(json) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithinDepth(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((item: JsonValue) => isWithinDepth(item, levels - 1));
}
