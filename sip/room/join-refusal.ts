import type { StanzaError } from '#protocol/xmpp/stanza.ts';

/** Why a caller does not get into a room. */
export type JoinRefusal =
  | 'password-required'
  | 'wrong-password'
  | 'room-full'
  /** Nobody who may open the meeting has come yet. */
  | 'not-live'
  | 'not-allowed'
  | 'banned'
  /** End-to-end encrypted: a telephone could neither hear nor be heard. */
  | 'encrypted'
  /** No focus answers, so there would be no media. */
  | 'no-focus'
  /** Signalling cannot be reached, or does not let the gateway in. */
  | 'unreachable'
  /** The caller went away meanwhile. */
  | 'cancelled';

/** What a room's refusal means for a caller (wire note §4.5); lobbies are another matter. */
export function refusalOf({ condition }: StanzaError, hadPassword: boolean): JoinRefusal {
  switch (condition) {
    case 'not-authorized':
      return hadPassword ? 'wrong-password' : 'password-required';
    case 'service-unavailable':
      return 'room-full';
    case 'forbidden':
      return 'banned';
    default:
      return 'not-allowed';
  }
}
