import type { SfuLease } from '#protocol/bridge/bridge-bus.ts';
import { leastLoaded } from './least-loaded.ts';
import type { BridgeWish } from './strategy.ts';

/** Above this load a bridge of another region serves better than the near one. */
const FULL_LOAD = 0.9;

/** The least loaded bridge of the participant's region while one there has room, else the least loaded of all. */
export function nearest(bridges: readonly SfuLease[], { region }: BridgeWish): SfuLease | undefined {
  const near = bridges.filter((bridge) => region !== undefined && bridge.region === region && bridge.load < FULL_LOAD);
  return leastLoaded(near) ?? leastLoaded(bridges);
}
