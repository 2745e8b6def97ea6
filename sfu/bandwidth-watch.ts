import type { types } from 'mediasoup';
import type { Logger } from '#runtime/logger.ts';
import type { BandwidthEstimate } from './bandwidth-estimate.ts';
import { unlessClosed } from './unless-closed.ts';

/** So long nothing notable must have happened before a receiver is no longer followed closely. */
const SETTLE_MS = 5_000;
/** How often the estimate of a receiver without any sign of strain is read; a read costs as much as ten forwarded packets. */
const READ_INTERVAL_MS = 10_000;
/** With signs of strain. */
const STRAINED_READ_INTERVAL_MS = 1_000;
/** Below the initial bitrate, as little as makes a difference. */
const LIMIT_MARGIN_BPS = 1_000;
/** For a moment, so that the limit can rise; mediasoup takes no notice of less than a tenth (MaxBitrateMarginFactor). */
const LOWERED_LIMIT = 0.8;
/** mediasoup estimates up to so much of what is wanted (MaxBitrateIncrementFactor). */
const ESTIMATE_HEADROOM = 1.35;

/** What keeps the estimate of one receiver up to date. */
export interface ReceiverWatch {
  /** What the receiver gets depends on the estimate now, or the estimate is about to move. */
  followClosely(): void;
  /** To be called every few seconds. @param isVideoWanted sound alone does not depend on the estimate. */
  look(isVideoWanted: boolean): void;
  /** The worker sends less of a source than it may, or the receiver reports loss. */
  strained(): void;
  /**
   * mediasoup limits its estimate to what is wanted and some headroom, at least to the initial bitrate; and it takes an
   * estimate of exactly the initial bitrate for none. So where little is wanted, and the estimate had fallen, the probe that
   * finds enough would change nothing. Another limit makes it count.
   * @param wantedBps of all that is sent with unlimited bandwidth.
   */
  want(wantedBps: number): void;
  /**
   * Has mediasoup look for more bandwidth with a few packets of padding. By itself it does so only where media flows: an
   * estimate below the least that is wanted, with nothing else to send, would stay for ever. Its libwebrtc probes up to a
   * limit that has risen (ProbeController::SetBitrates).
   */
  probe(): void;
}

/** Of a receiver whose bandwidth does not matter. */
export const NOT_WATCHED: ReceiverWatch = {
  followClosely: () => {},
  look: () => {},
  strained: () => {},
  want: () => {},
  probe: () => {},
};

/**
 * Keeps the estimate of one receiver up to date. While it matters every change is traced: a message a second from the
 * worker, at once when it is large. Where everything wanted is sent and has been for a while, only a fall could matter;
 * then nothing is traced, the estimate is read now and then, and at once when a stream shows strain: the worker has lowered
 * its layer by itself, or the receiver reports loss.
 */
export class BandwidthWatch implements ReceiverWatch {
  readonly #transport: types.WebRtcTransport;
  readonly #estimate: BandwidthEstimate;
  readonly #initialBps: number;
  readonly #onChange: () => void;
  readonly #logger: Logger;
  #isTracing = false;
  #isReading = false;
  #isStrained = false;
  #readAtMs = 0;
  #restlessAtMs = 0;
  #limitBps = 0;

  /** @param onChange is told of notable changes. */
  constructor(
    transport: types.WebRtcTransport,
    estimate: BandwidthEstimate,
    initialBps: number,
    onChange: () => void,
    logger: Logger,
  ) {
    this.#transport = transport;
    this.#estimate = estimate;
    this.#initialBps = initialBps;
    this.#onChange = onChange;
    this.#logger = logger;
    transport.on('trace', (event) => {
      if (event.type === 'bwe') this.#updated(this.#estimate.trace(event.info));
    });
    this.followClosely();
  }

  followClosely(): void {
    this.#restlessAtMs = performance.now();
    this.#trace(true);
  }

  want(wantedBps: number): void {
    const limitBps = wantedBps * ESTIMATE_HEADROOM < this.#initialBps ? this.#initialBps - LIMIT_MARGIN_BPS : 0;
    if (limitBps === this.#limitBps) return;
    this.#limitBps = limitBps;
    this.#ask(() => this.#transport.setMaxOutgoingBitrate(limitBps));
  }

  probe(): void {
    this.#ask(async () => {
      await this.#transport.setMaxOutgoingBitrate(Math.floor(this.#initialBps * LOWERED_LIMIT));
      await this.#transport.setMaxOutgoingBitrate(this.#limitBps);
    });
  }

  look(isVideoWanted: boolean): void {
    if (performance.now() - this.#restlessAtMs < SETTLE_MS) return;
    this.#trace(false);
    if (isVideoWanted) this.#readIfDue();
  }

  strained(): void {
    this.#isStrained = true;
    if (!this.#isTracing) this.#readIfDue();
  }

  #trace(isTracing: boolean): void {
    if (this.#isTracing === isTracing) return;
    this.#isTracing = isTracing;
    this.#ask(() => this.#transport.enableTraceEvent(isTracing ? ['bwe'] : []));
  }

  #readIfDue(): void {
    const nowMs = performance.now();
    const intervalMs = this.#isStrained ? STRAINED_READ_INTERVAL_MS : READ_INTERVAL_MS;
    if (this.#isReading || nowMs - this.#readAtMs < intervalMs) return;
    this.#isReading = true;
    this.#isStrained = false;
    this.#readAtMs = nowMs;
    this.#ask(async () => {
      const [stats] = await this.#transport.getStats().finally(() => (this.#isReading = false));
      const { availableOutgoingBitrate = 0 } = stats ?? {};
      // mediasoup says 0 as long as there is no estimate; one is never below 30 kbit/s.
      if (availableOutgoingBitrate > 0) this.#updated(this.#estimate.update(availableOutgoingBitrate));
    });
  }

  #updated(isNotable: boolean): void {
    if (!isNotable) return;
    this.followClosely();
    this.#onChange();
  }

  #ask(request: () => Promise<void>): void {
    unlessClosed(this.#transport, request).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'the bandwidth of a receiver cannot be watched');
    });
  }
}
