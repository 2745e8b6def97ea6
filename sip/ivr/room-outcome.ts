import type { JoinRefusal as SessionRefusal } from '../room/join-refusal.ts';
import type { RoomEnd as SessionEnd } from '../room/room-session.ts';
import type { HangUpReason } from './hang-up-reason.ts';
import type { Sound } from './sound.ts';

/** Why a room did not take the phone in; a caller who went away meanwhile is told nothing. */
export type JoinRefusal = Exclude<SessionRefusal, 'cancelled'>;

/** How a phone's stay in a room or its lobby came to an end; not let in after all is not let in. */
export type RoomEnd = Exclude<SessionEnd, 'not-admitted'>;

/** The last words to a caller. */
export interface Farewell {
  readonly sounds: readonly Sound[];
  readonly reason: HangUpReason;
}

/** Of refusals that no further key can mend. */
export function farewellOfRefusal(
  refusal: Exclude<JoinRefusal, 'password-required' | 'wrong-password' | 'not-live'>,
): Farewell {
  switch (refusal) {
    case 'room-full':
      return { sounds: ['max-occupants', 'goodbye'], reason: 'room-full' };
    case 'not-allowed':
    case 'banned':
      return { sounds: ['lobby-denied', 'goodbye'], reason: 'not-admitted' };
    case 'encrypted':
      return { sounds: ['e2ee-refused', 'goodbye'], reason: 'encrypted' };
    case 'no-focus':
    case 'unreachable':
      return { sounds: ['error', 'goodbye'], reason: 'unreachable' };
  }
}

/** @returns undefined where the gateway left by itself and says why elsewhere. */
export function farewellOfEnd(end: RoomEnd): Farewell | undefined {
  switch (end) {
    case 'left':
      return undefined;
    case 'kicked':
      return { sounds: [], reason: 'kicked' };
    case 'room-ended':
    case 'lobby-room-ended':
      return { sounds: ['meeting-ended', 'goodbye'], reason: 'room-ended' };
    case 'lobby-denied':
      return { sounds: ['lobby-denied', 'goodbye'], reason: 'not-admitted' };
    case 'encrypted':
      return { sounds: ['e2ee-refused', 'goodbye'], reason: 'encrypted' };
    case 'connection-lost':
      return { sounds: ['error', 'goodbye'], reason: 'unreachable' };
  }
}
