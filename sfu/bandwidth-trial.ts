import type { types } from 'mediasoup';
import type { Logger } from '#runtime/logger.ts';
import { unlessClosed } from './unless-closed.ts';

const TRIAL_MS = 3_000;
const FIRST_PAUSE_MS = 4_000;
const LONGEST_PAUSE_MS = 60_000;
/** Above the measured bitrate: key frames come in bursts. */
const MARGIN = 1.2;

/**
 * Gets a receiver out of an estimate below everything it wants. mediasoup then sends it no video, and where no sound
 * flows either nothing is left to measure, so that the estimate would stay for ever. A trial holds mediasoup's estimate up
 * for a moment; what flows meanwhile is measured, and the estimate after it is the network's. On a network that is really
 * so narrow trials become rare.
 */
export class BandwidthTrial {
  readonly #transport: types.WebRtcTransport;
  readonly #logger: Logger;
  #pauseMs = FIRST_PAUSE_MS;
  #endTimer: NodeJS.Timeout | undefined;
  #endedAtMs = -Infinity;

  constructor(transport: types.WebRtcTransport, logger: Logger) {
    this.#transport = transport;
    this.#logger = logger;
    transport.observer.once('close', () => clearTimeout(this.#endTimer));
  }

  /** To be called every few seconds. @param neededBps of the least it wants, where the estimate allows nothing. */
  look(neededBps: number | undefined): void {
    if (this.#endTimer !== undefined || this.#transport.closed) return;
    const sinceTrialMs = performance.now() - this.#endedAtMs;
    if (neededBps === undefined) {
      // Directly after a trial the estimate may still be on its way down.
      if (sinceTrialMs > FIRST_PAUSE_MS) this.#pauseMs = FIRST_PAUSE_MS;
    } else if (sinceTrialMs > this.#pauseMs) {
      this.#begin(Math.ceil(neededBps * MARGIN));
    }
  }

  #begin(bitrateBps: number): void {
    this.#logger.debug({ bitrateBps }, 'nothing fits the bandwidth of a receiver: trying');
    this.#hold(bitrateBps);
    this.#endTimer = setTimeout(() => {
      this.#endTimer = undefined;
      this.#endedAtMs = performance.now();
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      this.#hold(0);
    }, TRIAL_MS);
  }

  #hold(bitrateBps: number): void {
    unlessClosed(this.#transport, () => this.#transport.setMinOutgoingBitrate(bitrateBps)).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'the bandwidth of a receiver cannot be tried');
    });
  }
}
