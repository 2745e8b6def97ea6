import { child, xml, type XmlElement } from './element.ts';

/** Jitsi's breakout rooms (wire note §7.5): rooms beside a meeting's main room, between which moderators move people. */

/** A feature whose name ends in `#rename` tells clients that names can be changed (wire note §2.1). */
export const FEATURE_RENAME = 'http://jitsi.org/protocol/breakout_rooms#rename';

const ACTION = 'features/breakout-rooms/';
/** Longest time that can be set. */
export const MAX_BREAKOUT_MS = 86_400_000;

/** What a moderator asks for; addresses are as sent. */
export type BreakoutRequest =
  | { readonly action: 'add'; readonly name: string }
  | { readonly action: 'remove'; readonly room: string }
  | { readonly action: 'rename'; readonly room: string; readonly name: string }
  /** `participant` is an occupant's address or its real one. */
  | { readonly action: 'move-to-room'; readonly participant: string; readonly room: string }
  /** Ours, as the next one: Jitsi's rooms know no end. From now on; replaces what was set before. */
  | { readonly action: 'set-timer'; readonly durationMs: number }
  | { readonly action: 'stop-timer' };

/** Reads a request, or undefined if the message is about something else or lacks something. */
export function readBreakoutRequest(message: XmlElement): BreakoutRequest | undefined {
  const element = child(message, 'breakout_rooms');
  const { type = '', subject: name, breakoutRoomJid, participantJid: participant, roomJid } = element?.attrs ?? {};
  const durationMs = readDuration(element?.attrs['durationMs'] ?? '');
  switch (type) {
    case `${ACTION}add`:
      return name === undefined ? undefined : { action: 'add', name };
    case `${ACTION}remove`:
      return breakoutRoomJid === undefined ? undefined : { action: 'remove', room: breakoutRoomJid };
    case `${ACTION}rename`:
      if (breakoutRoomJid === undefined || name === undefined) return undefined;
      return { action: 'rename', room: breakoutRoomJid, name };
    case `${ACTION}move-to-room`:
      if (participant === undefined || roomJid === undefined) return undefined;
      return { action: 'move-to-room', participant, room: roomJid };
    case `${ACTION}set-timer`:
      return durationMs === undefined ? undefined : { action: 'set-timer', durationMs };
    case `${ACTION}stop-timer`:
      return { action: 'stop-timer' };
    default:
      return undefined;
  }
}

export function encodeBreakoutRequest(request: BreakoutRequest): XmlElement {
  const { action } = request;
  return xml('breakout_rooms', {
    type: `${ACTION}${action}`,
    subject: 'name' in request ? request.name : undefined,
    breakoutRoomJid: action === 'remove' || action === 'rename' ? request.room : undefined,
    participantJid: action === 'move-to-room' ? request.participant : undefined,
    roomJid: action === 'move-to-room' ? request.room : undefined,
    durationMs: action === 'set-timer' ? request.durationMs : undefined,
  });
}

function readDuration(digits: string): number | undefined {
  const durationMs = /^\d{1,8}$/.test(digits) ? Number(digits) : 0;
  return durationMs > 0 && durationMs <= MAX_BREAKOUT_MS ? durationMs : undefined;
}

type BreakoutRoom = {
  /** Local part of its address. */
  readonly id: string;
  readonly jid: string;
  readonly name: string;
  readonly isMainRoom?: true;
  /** By occupant address. */
  readonly participants: Readonly<
    Record<
      string,
      {
        readonly jid: string;
        readonly role: string;
        readonly displayName?: string;
        /** Ours: the Matrix user id for which its homeserver has vouched. */
        readonly matrixId?: string;
      }
    >
  >;
};

/** What the component tells people: the rooms and who is where, or one person to go elsewhere. */
export type BreakoutMessage =
  | {
      readonly type: 'breakout_rooms';
      readonly event: `${typeof ACTION}update`;
      /** Rooms there have been, for the next one's name. */
      readonly roomCounter: number;
      readonly rooms: Readonly<Record<string, BreakoutRoom>>;
      /** Ours: until everybody is led back and the rooms are closed; absent while no end is set. */
      readonly remainingMs?: number;
    }
  | { readonly type: 'breakout_rooms'; readonly event: `${typeof ACTION}move-to-room`; readonly roomJid: string };
