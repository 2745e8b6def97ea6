import type { types } from 'mediasoup';
import type { ReceivedSource } from '#protocol/media/source.ts';
import type { Logger } from '#runtime/logger.ts';
import type { SentSource } from './sent-source.ts';
import { unlessClosed } from './unless-closed.ts';

/** What the bandwidth allocation wants of a video consumer. */
export interface ForwardingTarget {
  readonly isPaused: boolean;
  /** Highest layer to forward; mediasoup goes lower by itself when its estimate says so. */
  readonly layer: number;
  /** 1 … 255, mediasoup's order when bandwidth is scarce. */
  readonly priority: number;
}

const KEY_FRAME_CHECK_MS = 1_000;
const KEY_FRAME_ATTEMPTS = 3;

/**
 * One source on its way to one receiver. It is created paused and stays so until the receiver has accepted the source;
 * afterwards only differences to the last target reach the worker, one request at a time.
 */
export class Forwarding {
  readonly sent: SentSource;
  readonly received: ReceivedSource;
  readonly #consumer: types.Consumer;
  readonly #logger: Logger;
  #isAccepted = false;
  #isTransportConnected: boolean;
  #target: ForwardingTarget;
  #applied: ForwardingTarget;
  #isApplying = false;
  #keyFrameCheck: NodeJS.Timeout | undefined;

  constructor(
    sent: SentSource,
    received: ReceivedSource,
    consumer: types.Consumer,
    isTransportConnected: boolean,
    logger: Logger,
  ) {
    this.sent = sent;
    this.received = received;
    this.#consumer = consumer;
    this.#isTransportConnected = isTransportConnected;
    this.#logger = logger;
    this.#applied = { isPaused: true, layer: consumer.preferredLayers?.spatialLayer ?? 0, priority: consumer.priority };
    // Sound waits for nothing but its receiver's wish; a picture waits for its first allocation.
    this.#target = { ...this.#applied, isPaused: received.kind === 'video' };
    consumer.observer.once('close', () => clearTimeout(this.#keyFrameCheck));
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** Whether packets go out, as far as we decide. */
  get isFlowing(): boolean {
    return this.#isAccepted && !this.#target.isPaused;
  }

  /** Whether mediasoup sends a lower layer than it may, or none: bandwidth is short, or its sender has not begun. */
  get isLowered(): boolean {
    return this.isFlowing && (this.#consumer.currentLayers?.spatialLayer ?? -1) < this.#target.layer;
  }

  /** Whether mediasoup sends nothing though it may and there is something: its estimate allows not even the lowest layer. */
  get isHeldBack(): boolean {
    const { type, currentLayers } = this.#consumer;
    const isLayered = type === 'simulcast' || type === 'svc';
    const isSent = this.sent.isAvailable && this.sent.layers.some(({ isActive }) => isActive);
    return this.isFlowing && isLayered && currentLayers === undefined && isSent;
  }

  accept(): void {
    this.#isAccepted = true;
    this.#apply();
  }

  /** ICE and DTLS are up: what was resumed before begins to flow now. */
  transportConnected(): void {
    this.#isTransportConnected = true;
    if (!this.#applied.isPaused) this.#checkKeyFrame();
  }

  setTarget(target: ForwardingTarget): void {
    this.#target = target;
    this.#apply();
  }

  /** @param isWanted whether its receiver wants to hear it. */
  hear(isWanted: boolean): void {
    this.setTarget({ ...this.#target, isPaused: !isWanted });
  }

  /** Mediasoup tells a consumer of its producer's end a moment after the worker has forgotten both. */
  get closed(): boolean {
    return this.#consumer.closed || this.sent.producer.closed;
  }

  #apply(): void {
    if (this.#isApplying) return;
    this.#isApplying = true;
    unlessClosed(this, () => this.#applyDifferences()).catch((error: unknown) => {
      this.#isApplying = false;
      this.#logger.warn({ err: error }, 'a consumer refused a change');
    });
  }

  async #applyDifferences(): Promise<void> {
    while (!this.closed) {
      const isPaused = this.#target.isPaused || !this.#isAccepted;
      const { layer, priority } = this.#target;
      if (layer !== this.#applied.layer && this.#consumer.type === 'simulcast') {
        await this.#consumer.setPreferredLayers({ spatialLayer: layer });
        this.#applied = { ...this.#applied, layer };
      } else if (priority !== this.#applied.priority && this.received.kind === 'video') {
        await this.#consumer.setPriority(priority);
        this.#applied = { ...this.#applied, priority };
      } else if (isPaused !== this.#applied.isPaused) {
        // Resuming asks the sender for a key frame.
        await (isPaused ? this.#consumer.pause() : this.#consumer.resume());
        this.#applied = { ...this.#applied, isPaused };
        if (!isPaused) this.#checkKeyFrame();
      } else {
        // Not in a later callback: a target set in between would be forgotten.
        this.#isApplying = false;
        return;
      }
    }
  }

  /** The key frame that resuming asked for can be lost, or come before the receiver is ready for it. */
  #checkKeyFrame(): void {
    if (this.received.kind !== 'video' || !this.#isTransportConnected || this.closed) return;
    clearTimeout(this.#keyFrameCheck);
    let attempts = 0;
    const check = async (): Promise<void> => {
      const [stats] = await this.#consumer.getStats();
      if (this.#applied.isPaused || !this.sent.isAvailable || (stats?.packetCount ?? 0) > 0) return;
      await this.#consumer.requestKeyFrame();
      attempts += 1;
      if (attempts < KEY_FRAME_ATTEMPTS) schedule();
    };
    const schedule = (): void => {
      this.#keyFrameCheck = setTimeout(() => {
        unlessClosed(this, check).catch((error: unknown) => {
          this.#logger.warn({ err: error }, 'a key frame could not be asked for');
        });
      }, KEY_FRAME_CHECK_MS);
    };
    schedule();
  }
}
