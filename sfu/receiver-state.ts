import { INITIAL_CONSTRAINTS, type ReceiverConstraints } from './allocation/receiver-constraints.ts';
import type { BandwidthEstimate } from './bandwidth-estimate.ts';

/** What the bandwidth control keeps for one receiver. */
export class ReceiverState {
  readonly estimate: BandwidthEstimate;
  constraints: ReceiverConstraints = INITIAL_CONSTRAINTS;
  /** Names as last said in `ForwardedSources`; undefined: never said. */
  forwardedNames: readonly string[] | undefined;
  /** Heights that this receiver would watch with unlimited bandwidth, by source name. */
  wishes: ReadonlyMap<string, number> = new Map();
  isLimited = false;

  constructor(estimate: BandwidthEstimate) {
    this.estimate = estimate;
  }
}
