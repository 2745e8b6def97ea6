import type { Layer, PrioritizedSource } from './prioritize.ts';
import { UNLIMITED } from './receiver-constraints.ts';

/** What one receiver gets of one source. */
export interface Allocation {
  readonly name: string;
  /** Index of the layer that fits; undefined: nothing of this source. */
  readonly layer: number | undefined;
  /** Index of the layer it would get with unlimited bandwidth. */
  readonly idealLayer: number;
}

/** Sources on stage come up to this height before the others get anything: better one readable picture than many stamps. Pixels. */
const ON_STAGE_FIRST_HEIGHT = 360;

/**
 * Divides a receiver's bandwidth among the sources it wants. README.md in this folder explains the steps.
 * @param sources in order of priority.
 * @returns one allocation per source, in the same order; the sum of the layers' bitrates is at most the estimate.
 */
export function allocate(estimateBps: number, sources: readonly PrioritizedSource[]): readonly Allocation[] {
  const shares = sources.map((source) => new Share(source));
  const onStage = shares.filter(({ stage }) => stage === 'on-stage');
  const others = shares.filter(({ stage }) => stage !== 'on-stage');
  let remainingBps = estimateBps;
  const raise = (share: Share, limit: number): boolean => {
    const costBps = share.costOfNextBps(limit);
    if (costBps === undefined || costBps > remainingBps) return false;
    remainingBps -= costBps;
    share.raise(limit);
    return true;
  };
  const raiseFully = (share: Share, limit: number): void => {
    while (raise(share, limit));
  };

  for (const share of onStage) raiseFully(share, share.layerForHeight(ON_STAGE_FIRST_HEIGHT));
  for (const share of others) raise(share, share.lowest);
  for (const share of onStage) raiseFully(share, share.ideal);
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const share of others) {
      // One that got not even its lowest layer stays out: a later, cheaper one must not have been raised instead.
      if (share.layer !== undefined && raise(share, share.ideal)) isChanged = true;
    }
  }
  return shares.map(({ name, layer, ideal }) => ({ name, layer, idealLayer: ideal }));
}

/**
 * Where nothing fits, the first source gets its lowest layer all the same: an estimate without traffic to measure never
 * recovers.
 * @param allocations in order of priority.
 * @param sources the same ones.
 */
export function withFirst(
  allocations: readonly Allocation[],
  sources: readonly PrioritizedSource[],
): readonly Allocation[] {
  const [first, ...others] = allocations;
  const [source] = sources;
  if (first === undefined || source === undefined || allocations.some(({ layer }) => layer !== undefined)) {
    return allocations;
  }
  return [{ ...first, layer: new Share(source).lowest }, ...others];
}

/** What all of it would take with unlimited bandwidth, in bit/s. @param sources the same ones, in the same order. */
export function wantedBps(allocations: readonly Allocation[], sources: readonly PrioritizedSource[]): number {
  return allocations.reduce(
    (sum, { idealLayer }, index) => sum + (sources[index]?.layers[idealLayer]?.bitrateBps ?? 0),
    0,
  );
}

/** Whether bandwidth, and not the receiver's wish, decided about anything here. */
export function isLimited(allocations: readonly Allocation[]): boolean {
  return allocations.some(({ layer, idealLayer }) => layer !== idealLayer);
}

class Share {
  readonly name: string;
  readonly stage: PrioritizedSource['stage'];
  readonly ideal: number;
  /** The first layer with anything in it, at most the ideal one. */
  readonly lowest: number;
  layer: number | undefined;
  readonly #layers: readonly Layer[];

  constructor({ name, stage, layers, maxHeight }: PrioritizedSource) {
    this.name = name;
    this.stage = stage;
    this.#layers = layers;
    this.ideal = idealLayer(layers, maxHeight);
    const firstActive = layers.findIndex(({ isActive }) => isActive);
    this.lowest = firstActive === -1 ? 0 : Math.min(firstActive, this.ideal);
  }

  layerForHeight(height: number): number {
    return Math.min(this.ideal, Math.max(this.lowest, layerOfHeight(this.#layers, height)));
  }

  /** What the next step up to the limit adds; undefined where there is none. */
  costOfNextBps(limit: number): number | undefined {
    const next = this.#next();
    if (next > limit) return undefined;
    const currentBps = this.layer === undefined ? 0 : this.#bitrateBps(this.layer);
    return Math.max(0, this.#bitrateBps(next) - currentBps);
  }

  raise(limit: number): void {
    this.layer = Math.min(limit, this.#next());
  }

  #next(): number {
    return this.layer === undefined ? this.lowest : this.layer + 1;
  }

  #bitrateBps(layer: number): number {
    return this.#layers[layer]?.bitrateBps ?? 0;
  }
}

/**
 * The layer that suits a height best. Where its sender sends nothing up to there (a screen share often has its highest
 * layer only), the lowest above that it does send.
 */
function idealLayer(layers: readonly Layer[], maxHeight: number): number {
  const wished = maxHeight === UNLIMITED ? layers.length - 1 : layerOfHeight(layers, maxHeight);
  if (layers.slice(0, wished + 1).some(({ isActive }) => isActive)) return wished;
  const firstActiveAbove = layers.findIndex(({ isActive }, index) => index > wished && isActive);
  return firstActiveAbove === -1 ? wished : firstActiveAbove;
}

/** The first layer that is at least so high, else the highest. */
function layerOfHeight(layers: readonly Layer[], height: number): number {
  const index = layers.findIndex((layer) => layer.height >= height);
  return index === -1 ? layers.length - 1 : index;
}
