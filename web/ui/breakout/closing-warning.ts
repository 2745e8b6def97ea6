import type { BreakoutState } from '../../client/meeting-types.ts';

/** So long before the rooms close people are told to come to an end. */
const NEAR_END_MS = 60_000;

/** @param nowMs performance.now() */
export function isNearEnd({ endsAtMs }: Pick<BreakoutState, 'endsAtMs'>, nowMs: number): boolean {
  return endsAtMs !== undefined && endsAtMs - nowMs <= NEAR_END_MS;
}

/** Says once that the breakout rooms close soon, and again if their end was put off meanwhile. */
export class ClosingWarning {
  private hasWarned = false;

  /**
   * @param isConcerned in one of the rooms, or a moderator
   * @param nowMs performance.now()
   */
  isDue({ endsAtMs }: Pick<BreakoutState, 'endsAtMs'>, isConcerned: boolean, nowMs: number): boolean {
    if (endsAtMs === undefined || !isNearEnd({ endsAtMs }, nowMs)) {
      this.hasWarned = false;
      return false;
    }
    if (this.hasWarned || !isConcerned || endsAtMs <= nowMs) return false;
    this.hasWarned = true;
    return true;
  }
}
