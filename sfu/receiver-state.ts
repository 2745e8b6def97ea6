import { INITIAL_CONSTRAINTS, type ReceiverConstraints } from './allocation/receiver-constraints.ts';
import type { AudioSubscription } from './audio-subscription.ts';
import type { BandwidthEstimate } from './bandwidth-estimate.ts';

/** What one receiver wants and can take. */
export class ReceiverState {
  readonly estimate: BandwidthEstimate;
  constraints: ReceiverConstraints = INITIAL_CONSTRAINTS;
  /** Names as last said in `ForwardedSources`; undefined: never said. */
  forwardedNames: readonly string[] | undefined;
  /** Heights that this receiver would watch with unlimited bandwidth, by source name. */
  wishes: ReadonlyMap<string, number> = new Map();
  isLimited = false;
  audio: AudioSubscription;

  constructor(estimate: BandwidthEstimate, audio: AudioSubscription) {
    this.estimate = estimate;
    this.audio = audio;
  }
}
