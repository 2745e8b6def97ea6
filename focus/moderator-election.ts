import type { Occupant } from './occupant.ts';

/**
 * Who should become moderator now (wire note §3.3): nobody while a person is, else the person who has been in the room
 * longest and may be. Recorders and gateways never are.
 * @param occupants in the order in which they joined.
 */
export function electModerator(occupants: Iterable<Occupant>): Occupant | undefined {
  let first: Occupant | undefined;
  for (const occupant of occupants) {
    if (occupant.kind !== 'person') continue;
    if (occupant.isModerator) return undefined;
    if (occupant.isElectable) first ??= occupant;
  }
  return first;
}
