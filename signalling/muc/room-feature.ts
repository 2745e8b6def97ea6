import type { Occupant, Room, Send } from './room.ts';

/**
 * What follows, for something that people do together, from who comes, changes and goes. Each answers with what is to be
 * sent; what it must remember of a room it keeps by itself, for as long as the room exists.
 */
export interface RoomFeature {
  /** Someone is in and has got all that a join brings. */
  entered?(room: Room, who: Occupant): readonly Send[];
  /** Somebody’s presence, role or identity has changed. */
  changed?(room: Room, before: Occupant, now: Occupant): readonly Send[];
  /** Someone is gone, by whatever way; the room may be empty now. */
  left?(room: Room, who: Occupant): readonly Send[];
  /** The server stops. */
  close?(): void;
}
