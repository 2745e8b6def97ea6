/**
 * Who speaks, told from audio levels alone, as a pure rule: while two talk directly the bridge hears nobody. Levels are
 * smoothed so that a cough is no turn, and whoever speaks keeps the turn unless somebody is clearly louder.
 */
export interface SpeakerState {
  /** Endpoint id of who spoke last. */
  readonly latest: string | undefined;
  readonly isSilent: boolean;
  /** Smoothed levels by endpoint id, 0 … 1. */
  readonly levels: ReadonlyMap<string, number>;
}

export const NOBODY: SpeakerState = { latest: undefined, isSilent: true, levels: new Map() };

/** Share of the newest level; with four looks a second half of a level is gone after 0.8 s. */
const NEWEST_SHARE = 0.2;
const SPEECH_LEVEL = 0.01;
const SILENCE_LEVEL = 0.004;
const CLEARLY_LOUDER = 1.5;

/** @param now levels by endpoint id, 0 … 1 */
export function nextSpeaker(state: SpeakerState, now: ReadonlyMap<string, number>): SpeakerState {
  const levels = new Map(
    Array.from(now, ([id, level]) => [id, (state.levels.get(id) ?? 0) * (1 - NEWEST_SHARE) + level * NEWEST_SHARE]),
  );
  const [loudest, level = 0] = [...levels].toSorted(([, one], [, other]) => other - one)[0] ?? [];
  const current = (state.latest === undefined ? undefined : levels.get(state.latest)) ?? 0;
  const isTurn = level > SPEECH_LEVEL && (loudest === state.latest || level > current * CLEARLY_LOUDER);
  return {
    latest: isTurn ? loudest : state.latest,
    isSilent: isTurn ? false : state.isSilent || level < SILENCE_LEVEL,
    levels,
  };
}
