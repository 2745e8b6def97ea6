import type { Quality } from './quality.ts';

/** Everything one tile shows. Level and speaking ring come apart from this, up to ten times a second. */
export interface TileModel {
  readonly id: string;
  readonly kind: 'person' | 'screen';
  /** Endpoint id of the person, which gives the avatar its colour. */
  readonly endpointId: string;
  readonly displayName: string;
  /** What the name chip says: the name, “Ann (you)”, “Jonas’s screen”. */
  readonly chip: string;
  /** The same where room is short: “You”. */
  readonly shortChip: string;
  /** The person's verified Matrix user id. */
  readonly matrixId: string | undefined;
  /** Address of a picture that stands for initials. */
  readonly picture: string | undefined;
  /** There by telephone: a sign stands for initials, which a number has none of. */
  readonly isPhone: boolean;
  /** What is unusual about a telephone's call: ringing, on hold. */
  readonly note: string | undefined;
  /** The accessible name: name and every unusual state in words. */
  readonly label: string;
  readonly isSelf: boolean;
  readonly isMuted: boolean;
  readonly video: MediaStreamTrack | undefined;
  /** The bridge does not send this picture now, so its last frame would lie. */
  readonly isPaused: boolean;
  readonly isMirrored: boolean;
  readonly quality: Quality;
  readonly handOrder: number | undefined;
  readonly isPinned: boolean;
  /** The connection of this person or ours is interrupted: the last frame stays, dimmed. */
  readonly isInterrupted: boolean;
  readonly hasActions: boolean;
}
