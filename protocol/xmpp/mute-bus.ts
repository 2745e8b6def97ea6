import { requestSubject } from '../bus-subject.ts';
import type { MuteKind } from './mute.ts';

/** Whoever runs the server has people muted; as after a moderator's mute, they may unmute themselves. */
export interface MuteParticipants {
  /** Bare address. */
  readonly room: string;
  readonly kind: MuteKind;
  /** One person's nick; absent: everybody. */
  readonly nick?: string;
}

export interface ParticipantsMuted {
  /** Nicks; empty where nobody of that name, or no conference, is there. */
  readonly muted: readonly string[];
}

/** → focus */
export const muteParticipants = requestSubject<MuteParticipants, ParticipantsMuted>('focus.mute-participants');
