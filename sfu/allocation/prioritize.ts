import { maxHeightOf, UNLIMITED, type ReceiverConstraints } from './receiver-constraints.ts';

/** One quality of a source, as the bandwidth allocation sees it. */
export interface Layer {
  /** Pixels. */
  readonly height: number;
  /** bit/s */
  readonly bitrateBps: number;
  /** False while its sender sends nothing of it. */
  readonly isActive: boolean;
}

/** A video source that a receiver could get. */
export interface Candidate {
  readonly name: string;
  /** Endpoint id of the sender. */
  readonly owner: string;
  /** Lowest first, at least one. */
  readonly layers: readonly Layer[];
}

export type Stage = 'on-stage' | 'selected' | 'other';

export interface PrioritizedSource extends Candidate {
  readonly stage: Stage;
  /** Pixels, > 0, or −1 for no limit. */
  readonly maxHeight: number;
}

/**
 * Orders what a receiver wants: sources on stage, then selected ones, each in the receiver's order, then the others by
 * how recently their owners spoke, then as given. Sources that it does not want (height 0) are left out and use none of
 * its lastN places.
 * @param recentSpeakers endpoint ids, the latest first.
 */
export function prioritize(
  candidates: readonly Candidate[],
  constraints: ReceiverConstraints,
  recentSpeakers: readonly string[],
): readonly PrioritizedSource[] {
  const onStage = ranks(constraints.onStage);
  const selected = ranks(constraints.selected);
  const speakers = ranks(recentSpeakers);
  const stageOf = (name: string): Stage => (onStage.has(name) ? 'on-stage' : selected.has(name) ? 'selected' : 'other');
  const key = ({ name, owner, stage }: PrioritizedSource): readonly [number, number] => {
    if (stage === 'on-stage') return [0, onStage.get(name) ?? 0];
    if (stage === 'selected') return [1, selected.get(name) ?? 0];
    return [2, speakers.get(owner) ?? Infinity];
  };
  const wanted = candidates
    .map((candidate) => ({
      ...candidate,
      stage: stageOf(candidate.name),
      maxHeight: maxHeightOf(constraints, candidate.name),
    }))
    .filter(({ maxHeight }) => maxHeight !== 0)
    .map((source) => ({ source, key: key(source) }))
    // Stable: equals keep the order of the candidates.
    .toSorted((a, b) => a.key[0] - b.key[0] || compareRanks(a.key[1], b.key[1]))
    .map(({ source }) => source);
  return constraints.lastN === UNLIMITED ? wanted : wanted.slice(0, constraints.lastN);
}

/** Infinity − Infinity is no number. */
function compareRanks(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function ranks(names: readonly string[]): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (const name of names) if (!map.has(name)) map.set(name, map.size);
  return map;
}
