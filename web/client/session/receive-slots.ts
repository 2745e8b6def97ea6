import type { MediaKind, ReceivedSource } from '#protocol/media/source.ts';

/** An m-section in which the bridge sends a source to us, or which waits for its next one. */
export interface ReceiveSlot {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly source: ReceivedSource | undefined;
}

/** What a message of the focus changes about the sources that we receive. */
export interface SourceChange {
  readonly added: readonly ReceivedSource[];
  /** SSRCs; any one of a source removes it (wire note §5.5). */
  readonly removed: readonly number[];
}

/**
 * Puts sources into m-sections. A source that comes takes a free section of its kind before a new one is made, so that
 * the description grows with the largest number of sources there ever was, not with every join.
 *
 * @param firstMid number of the first mid that no other section has
 */
export function changeSlots(
  slots: readonly ReceiveSlot[],
  { added, removed }: SourceChange,
  firstMid: number,
): readonly ReceiveSlot[] {
  const result = slots.map((slot) =>
    slot.source !== undefined && removed.includes(slot.source.ssrc) ? { ...slot, source: undefined } : slot,
  );
  for (const source of added) {
    const { kind, name } = source;
    const known = result.findIndex((slot) => slot.source?.name === name);
    const free = result.findIndex((slot) => slot.kind === kind && slot.source === undefined);
    const at = known === -1 ? free : known;
    const before = result[at];
    if (before === undefined) result.push({ mid: String(firstMid + result.length), kind, source });
    else result[at] = { ...before, source };
  }
  return result;
}
