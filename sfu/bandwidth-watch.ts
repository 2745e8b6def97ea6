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

/** What keeps the estimate of one receiver up to date. */
export interface ReceiverWatch {
  /** What the receiver gets depends on the estimate now, or the estimate is about to move. */
  followClosely(): void;
  /** To be called every few seconds. @param isVideoWanted sound alone does not depend on the estimate. */
  look(isVideoWanted: boolean): void;
  /** The worker sends less of a source than it may, or the receiver reports loss. */
  strained(): void;
}

/** Of a receiver whose bandwidth does not matter. */
export const NOT_WATCHED: ReceiverWatch = { followClosely: () => {}, look: () => {}, strained: () => {} };

/**
 * Keeps the estimate of one receiver up to date. While it matters every change is traced: a message a second from the
 * worker, at once when it is large. Where everything wanted is sent and has been for a while, only a fall could matter;
 * then nothing is traced, the estimate is read now and then, and at once when a stream shows strain: the worker has lowered
 * its layer by itself, or the receiver reports loss.
 */
export class BandwidthWatch implements ReceiverWatch {
  readonly #transport: types.WebRtcTransport;
  readonly #estimate: BandwidthEstimate;
  readonly #onChange: () => void;
  readonly #logger: Logger;
  #isTracing = false;
  #isReading = false;
  #isStrained = false;
  #readAtMs = 0;
  #restlessAtMs = 0;

  /** @param onChange is told of notable changes. */
  constructor(transport: types.WebRtcTransport, estimate: BandwidthEstimate, onChange: () => void, logger: Logger) {
    this.#transport = transport;
    this.#estimate = estimate;
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
