import { parseSourceName } from '#protocol/media/source.ts';
import { MAX_BREAKOUT_MS } from '#protocol/xmpp/breakout-rooms.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { readUserId } from '#protocol/xmpp/matrix-identity.ts';
import type { BreakoutPerson, BreakoutRoom } from '../meeting-types.ts';
import { readDisplayName } from '#protocol/xmpp/display-name.ts';
import { asObject, asText, type JsonObject } from '../room/component-message.ts';

/** What the component of breakout rooms says (wire note §7.5). */

const MAX_ROOMS = 100;
const MAX_PEOPLE = 1_000;
const MAX_JID = 2_048;
/** Nobody puts off an end by less. */
const SAME_END_MS = 1_000;

export type BreakoutNews =
  /** The main room among them; an empty name is for the page to fill. */
  | {
      readonly kind: 'update';
      readonly rooms: readonly BreakoutRoom[];
      readonly addresses: ReadonlyMap<string, string>;
      /** Until the rooms close; undefined while no end is set. */
      readonly remainingMs: number | undefined;
    }
  | { readonly kind: 'move'; readonly room: string };

export function readBreakoutNews(message: JsonObject): BreakoutNews | undefined {
  if (message['type'] !== 'breakout_rooms') return undefined;
  switch (message['event']) {
    case 'features/breakout-rooms/update': {
      const addresses = new Map<string, string>();
      const rooms = Object.values(asObject(message['rooms']) ?? {})
        .slice(0, MAX_ROOMS)
        .flatMap((room) => readRoom(asObject(room), addresses) ?? []);
      return { kind: 'update', rooms, addresses, remainingMs: readRemaining(message['remainingMs']) };
    }
    case 'features/breakout-rooms/move-to-room': {
      const room = asText(message['roomJid'], MAX_JID);
      return room === undefined ? undefined : { kind: 'move', room };
    }
    default:
      return undefined;
  }
}

function readRemaining(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= MAX_BREAKOUT_MS ? value : undefined;
}

/**
 * When the rooms close, on the clock of `nowMs`. What each picture of the rooms says differs by how long it took to get
 * here; a clock that people read does not jump for that.
 */
export function closingTime(
  remainingMs: number | undefined,
  knownMs: number | undefined,
  nowMs: number,
): number | undefined {
  if (remainingMs === undefined) return undefined;
  const endsAtMs = nowMs + remainingMs;
  return knownMs !== undefined && Math.abs(endsAtMs - knownMs) < SAME_END_MS ? knownMs : endsAtMs;
}

/** @param addresses occupant addresses by endpoint id, filled as they are read */
function readRoom(room: JsonObject | undefined, addresses: Map<string, string>): BreakoutRoom | undefined {
  const jid = asText(room?.['jid'], MAX_JID);
  if (room === undefined || jid === undefined) return undefined;
  const people = Object.entries(asObject(room['participants']) ?? {})
    .slice(0, MAX_PEOPLE)
    .flatMap(([address, value]) => {
      const person = readPerson(address, jid, asObject(value));
      if (person !== undefined) addresses.set(person.id, address);
      return person ?? [];
    });
  return { jid, name: readDisplayName(room['name']), isMain: room['isMainRoom'] === true, people };
}

function readPerson(address: string, room: string, person: JsonObject | undefined): BreakoutPerson | undefined {
  const id = resourceOf(address) ?? '';
  // The nick is the endpoint's id (wire note, rule 4).
  if (person === undefined || bareOf(address) !== room || parseSourceName(`${id}-a0`) === undefined) return undefined;
  return {
    id,
    displayName: readDisplayName(person['displayName']),
    matrixId: readUserId(person['matrixId']),
    isModerator: person['role'] === 'moderator',
  };
}
