/** Speech this long from a later page earns a place on page 1 (design §3.1, Order). */
export const SPEECH_BEFORE_SWAP_MS = 2000;
/** At most one tile changes place in this time: a face stays where one found it. */
export const REST_BETWEEN_SWAPS_MS = 10_000;

export interface TileOrder {
  /** Everybody but oneself, as shown. */
  readonly ids: readonly string[];
  readonly lastSwapMs: number;
}

export const emptyOrder: TileOrder = { ids: [], lastSwapMs: Number.NEGATIVE_INFINITY };

/** Keeps those who stay where they are, drops who left, appends who came. `present` is in order of arrival. */
export function withPresent(order: TileOrder, present: readonly string[]): TileOrder {
  const here = new Set(present);
  const kept = order.ids.filter((id) => here.has(id));
  const known = new Set(kept);
  const ids = [...kept, ...present.filter((id) => !known.has(id))];
  const same = ids.length === order.ids.length && ids.every((id, index) => id === order.ids[index]);
  return same ? order : { ...order, ids };
}

/** The pinned one comes first without disturbing the others' order. */
export function withPinned(ids: readonly string[], pinned: string | undefined): readonly string[] {
  if (pinned === undefined || !ids.includes(pinned)) return ids;
  return [pinned, ...ids.filter((id) => id !== pinned)];
}

export interface Speech {
  readonly speaker: string;
  readonly sinceMs: number;
}

/**
 * Lets a speaker from a later page take the place of the person on page 1 who was silent longest.
 * `lastSpokeMs` gives when somebody last spoke (absent = never); `firstPageCount` counts others on page 1.
 */
export function swapIn(
  order: TileOrder,
  speech: Speech | undefined,
  pinned: string | undefined,
  firstPageCount: number,
  lastSpokeMs: ReadonlyMap<string, number>,
  nowMs: number,
): TileOrder {
  if (!speech || nowMs - speech.sinceMs <= SPEECH_BEFORE_SWAP_MS) return order;
  if (nowMs - order.lastSwapMs < REST_BETWEEN_SWAPS_MS) return order;
  const from = order.ids.indexOf(speech.speaker);
  if (from < firstPageCount) return order;
  let silent = -1;
  let silentSince = Number.POSITIVE_INFINITY;
  for (let index = 0; index < firstPageCount; index++) {
    const id = order.ids[index];
    if (id === undefined || id === pinned) continue;
    const spoke = lastSpokeMs.get(id) ?? Number.NEGATIVE_INFINITY;
    if (silent === -1 || spoke < silentSince) {
      silent = index;
      silentSince = spoke;
    }
  }
  const moved = order.ids[silent];
  if (moved === undefined) return order;
  const ids = [...order.ids];
  ids[silent] = speech.speaker;
  ids[from] = moved;
  return { ids, lastSwapMs: nowMs };
}
