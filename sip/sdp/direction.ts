import { attribute, type MediaSection, type SessionDescription } from './session-description.ts';

// Who sends (RFC 3264 §5.1, §6.1).

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** What the section says, or else the session, or else both ways. */
export function readDirection(session: SessionDescription, section: MediaSection): Direction {
  return statedDirection(section) ?? statedDirection(session) ?? 'sendrecv';
}

function statedDirection(part: Pick<SessionDescription, 'attributes'>): Direction | undefined {
  return DIRECTIONS.find((direction) => attribute(part, direction) !== undefined);
}

export function direction(sends: boolean, receives: boolean): Direction {
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

export function sends(of: Direction): boolean {
  return of === 'sendrecv' || of === 'sendonly';
}

export function receives(of: Direction): boolean {
  return of === 'sendrecv' || of === 'recvonly';
}

/** What is left for us of what we want when the other side says what it does. */
export function answerTo(theirs: Direction, ours: Direction): Direction {
  return direction(sends(ours) && receives(theirs), receives(ours) && sends(theirs));
}
