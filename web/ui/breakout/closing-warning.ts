import type { BreakoutState } from '../../client/meeting-types.ts';

/** So long before the rooms close people are told to come to an end. */
export const NEAR_END_MS = 60_000;

/** Says once that the breakout rooms close soon, and again if their end was put off meanwhile. */
export class ClosingWarning {
  private hasWarned = false;

  /**
   * @param isConcerned in one of the rooms, or a moderator
   * @param nowMs performance.now()
   */
  isDue({ endsAtMs }: Pick<BreakoutState, 'endsAtMs'>, isConcerned: boolean, nowMs: number): boolean {
    const leftMs = endsAtMs === undefined ? Infinity : endsAtMs - nowMs;
    if (leftMs > NEAR_END_MS) {
      this.hasWarned = false;
      return false;
    }
    if (this.hasWarned || !isConcerned || leftMs <= 0) return false;
    this.hasWarned = true;
    return true;
  }
}
