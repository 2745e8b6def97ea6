import { z } from 'zod';

/** Some servers of old wrote levels as text; both are what the specification knows (room versions 1–9). */
const level = z.union([
  z.number().int(),
  z
    .string()
    .trim()
    .regex(/^[+-]?\d{1,16}$/)
    .transform(Number),
]);

/** `m.room.power_levels` as far as it says who is in charge. */
export const powerLevels = z.object({
  users: z.record(z.string(), z.unknown()).optional().catch(undefined),
  users_default: level.optional().catch(undefined),
  state_default: level.optional().catch(undefined),
});
export type PowerLevels = z.infer<typeof powerLevels>;

/** `m.room.create` with its sender. */
export interface Creation {
  /** Who sent the event. */
  readonly sender: string;
  /** `room_version`; rooms of the first version do not say it. */
  readonly roomVersion: string;
  readonly additionalCreators: readonly string[];
}

/** What a room's state says of power. */
export interface RoomPower {
  /** Undefined: the room has no such event. */
  readonly levels: PowerLevels | undefined;
  readonly creation: Creation | undefined;
}

/** Matrix specification, `m.room.power_levels`: of a room without the event, and of one whose event does not say it. */
const CREATOR_LEVEL = 100;
const DEFAULT_STATE_LEVEL = 50;
/** From here on creators are above everybody and in no list (MSC4289). */
const FIRST_VERSION_WITH_CREATORS = 12;

/**
 * Somebody's power in a room: infinite for creators of rooms of version 12 and up, who are in no list.
 */
export function levelOf(userId: string, { levels, creation }: RoomPower): number {
  if (creation !== undefined && hasCreators(creation)) {
    if ([creation.sender, ...creation.additionalCreators].includes(userId)) return Infinity;
  }
  if (levels === undefined) return creation?.sender === userId ? CREATOR_LEVEL : 0;
  const { users } = levels;
  // A user of the name __proto__ has whatever the record says of it, and nothing that it inherits.
  const own = users !== undefined && Object.hasOwn(users, userId) ? level.safeParse(users[userId]).data : undefined;
  return own ?? levels.users_default ?? 0;
}

/** @param required undefined: the level that changes the room's state. */
export function isModerator(userId: string, power: RoomPower, required: number | undefined): boolean {
  return levelOf(userId, power) >= (required ?? power.levels?.state_default ?? DEFAULT_STATE_LEVEL);
}

/** Versions are names; those of the specification are numbers, and grow. */
function hasCreators({ roomVersion }: Creation): boolean {
  return /^\d{1,4}$/.test(roomVersion) && Number(roomVersion) >= FIRST_VERSION_WITH_CREATORS;
}
