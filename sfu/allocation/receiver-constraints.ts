import type { ReceiverVideoConstraints } from '#protocol/bridge/channel-message.ts';

/** No limit, for heights and for lastN. */
export const UNLIMITED = -1;

/** What one receiver wants to see; it says so on its message channel (wire note §6.2). */
export interface ReceiverConstraints {
  /** Most video sources at a time; −1 means all. */
  readonly lastN: number;
  /** Source names, most important first; they may have what they wish before others have more than the least. */
  readonly onStage: readonly string[];
  /** Source names that come right after those on stage. */
  readonly selected: readonly string[];
  /** Pixels; 0 means do not send, −1 no limit. For sources without an entry of their own. */
  readonly defaultMaxHeight: number;
  readonly maxHeights: ReadonlyMap<string, number>;
}

/** What holds until a receiver has spoken (wire note §6.2). */
export const INITIAL_CONSTRAINTS: ReceiverConstraints = {
  lastN: UNLIMITED,
  onStage: [],
  selected: [],
  defaultMaxHeight: 180,
  maxHeights: new Map(),
};

/** Fields that are present replace, absent ones keep. */
export function withMessage(current: ReceiverConstraints, message: ReceiverVideoConstraints): ReceiverConstraints {
  const { lastN, onStageSources, selectedSources, defaultConstraints, constraints } = message;
  return {
    lastN: lastN ?? current.lastN,
    onStage: onStageSources ?? current.onStage,
    selected: selectedSources ?? current.selected,
    defaultMaxHeight: defaultConstraints?.maxHeight ?? current.defaultMaxHeight,
    maxHeights:
      constraints === undefined
        ? current.maxHeights
        : new Map(Object.entries(constraints).map(([name, { maxHeight }]) => [name, maxHeight])),
  };
}

export function maxHeightOf(constraints: ReceiverConstraints, sourceName: string): number {
  return constraints.maxHeights.get(sourceName) ?? constraints.defaultMaxHeight;
}
