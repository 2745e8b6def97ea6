import type { SfuLease } from '#protocol/bridge/bridge-bus.ts';

/** The bridge with the least load; of equals the first by id, so that the choice does not depend on arrival. */
export function leastLoaded(bridges: readonly SfuLease[]): SfuLease | undefined {
  return bridges.toSorted((a, b) => a.load - b.load || (a.id < b.id ? -1 : 1))[0];
}
