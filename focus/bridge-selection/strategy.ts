import type { SfuLease } from '#protocol/bridge/bridge-bus.ts';

/** For whom a bridge is wanted. */
export interface BridgeWish {
  /** Region of the participant, as its client says it. */
  readonly region?: string;
}

/** Picks one of the bridges that may be used, or none if there is none. Pure. */
export type BridgeStrategy = (bridges: readonly SfuLease[], wish: BridgeWish) => SfuLease | undefined;
