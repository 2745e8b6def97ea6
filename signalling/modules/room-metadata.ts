import { child, text } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import { metadataChanged } from '../muc/metadata-message.ts';
import { isTooDeep, type JsonValue } from '../muc/room-metadata.ts';
import type { BreakoutRooms } from './breakout-rooms.ts';
import { MALFORMED, ONLY_MODERATORS, UNKNOWN_MESSAGE, type RoomModule } from './room-module.ts';

/** Characters of one change, so that the parser's work is bounded. */
const MAX_LENGTH = 8_192;

/** Takes changes of a room's metadata from its moderators and tells everyone in it (wire note §7.7). */
export function roomMetadata(host: string, breakouts: Pick<BreakoutRooms, 'breakoutsOf'>): RoomModule {
  return {
    host,
    identityType: 'room_metadata',
    receive: (room, actor, message) => {
      const element = child(message, 'room_metadata', NS_JITMEET);
      if (element === undefined) return UNKNOWN_MESSAGE;
      if (actor.role !== 'moderator') return ONLY_MODERATORS;
      const change = readChange(text(element));
      if (change === undefined) return MALFORMED;
      const refusal = room.metadata.set(change.key, change.data);
      if (refusal === 'reserved') return stanzaError('cancel', 'not-allowed', 'Only the server sets this.');
      if (refusal === 'too-large') return stanzaError('modify', 'policy-violation', 'This is too large.');
      return metadataChanged(room, change.key, { metadataHost: host, breakouts: breakouts.breakoutsOf(room) });
    },
  };
}

/** `{"type":"room_metadata","key":…,"data":…}`, or undefined. */
export function readChange(json: string): { readonly key: string; readonly data: JsonValue } | undefined {
  if (json.length > MAX_LENGTH) return undefined;
  const value = parseJson(json);
  if (value === undefined || !isObject(value) || isTooDeep(value)) return undefined;
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
