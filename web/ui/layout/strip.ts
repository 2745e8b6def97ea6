/** Nobody is taken from the filmstrip before this time (design §3.2). */
export const MIN_STAY_MS = 10_000;

export interface StripPlace {
  readonly id: string;
  readonly sinceMs: number;
}

/**
 * Who the filmstrip shows: those who spoke most recently, but everybody keeps a place for a while.
 * Places do not move; only the one who makes room is replaced.
 */
export function nextStrip(
  strip: readonly StripPlace[],
  byRecency: readonly string[],
  capacity: number,
  nowMs: number,
): readonly StripPlace[] {
  const present = new Set(byRecency);
  const kept = strip.filter((place) => present.has(place.id)).slice(0, capacity);
  const wanted = byRecency.slice(0, capacity);
  const result = [...kept];
  for (const id of wanted) {
    if (result.some((place) => place.id === id)) continue;
    if (result.length < capacity) {
      result.push({ id, sinceMs: nowMs });
      continue;
    }
    const leaving = result.findIndex((place) => !wanted.includes(place.id) && nowMs - place.sinceMs >= MIN_STAY_MS);
    if (leaving !== -1) result[leaving] = { id, sinceMs: nowMs };
  }
  return result;
}
