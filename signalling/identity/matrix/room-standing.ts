import type { RoomPower } from './power-levels.ts';

/** What a homeserver says of somebody in one of its rooms. */
export type RoomStanding =
  /** @property power undefined where it does not say. */
  | { readonly kind: 'member'; readonly power: RoomPower }
  | { readonly kind: 'stranger' }
  /** It knows no such room, or may not look into it. */
  | { readonly kind: 'unknown-room' };

/** A homeserver that tells who is in its rooms. */
export interface RoomSource {
  /**
   * @param maxAgeMs how old a yes may be.
   * @throws OutboundError
   */
  standing(roomId: string, userId: string, maxAgeMs: number): Promise<RoomStanding>;
}
