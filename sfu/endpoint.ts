import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { types } from 'mediasoup';
import type { EndpointClosedReason } from '#protocol/bridge/bridge-bus.ts';
import { PLACEHOLDER_SSRCS, type MediaKind, type ReceivedSource, type Source } from '#protocol/media/source.ts';
import type { Logger } from '#runtime/logger.ts';
import { isWanted, type AudioSubscription } from './audio-subscription.ts';
import { BandwidthEstimate } from './bandwidth-estimate.ts';
import type { ReceiverWatch } from './bandwidth-watch.ts';
import { BridgeRequestError } from './errors.ts';
import { Forwarding } from './forwarding.ts';
import { MessageChannel } from './message-transport.ts';
import { ReceiverState } from './receiver-state.ts';
import { encodingsOf, producerParameters, receivedSource } from './rtp-mapping.ts';
import { SentSource } from './sent-source.ts';
import { unlessClosed } from './unless-closed.ts';

export interface EndpointEvents {
  /** Media can flow for the first time. */
  connected: [];
  /** The transport is of no use any more. */
  failed: [EndpointClosedReason];
  /** Layers of one of its video sources began or ceased to arrive. */
  layersChanged: [];
  /** There is another bandwidth estimate. */
  estimateChanged: [];
}

export interface EndpointOptions {
  readonly id: string;
  readonly router: types.Router;
  readonly capabilities: Required<types.RtpCapabilities>;
  readonly initialBitrateBps: number;
  readonly maxSources: number;
  readonly logger: Logger;
}

/** How long a transport lives that never gets an answer. */
const ANSWER_TIMEOUT_MS = 120_000;
/** SSRCs that mediasoup draws have 9 digits, all different from the client's with overwhelming probability; this is for the rest. */
const CONSUME_ATTEMPTS = 5;
/** What mediasoup makes of receiver reports without loss. */
const LOSSLESS_SCORE = 10;

/** One participant's media end: a transport for both directions, what it sends and what it is sent. */
export abstract class Endpoint extends EventEmitter<EndpointEvents> {
  readonly id: string;
  readonly session = randomBytes(8).toString('hex');
  readonly channelSecret = randomBytes(24).toString('base64url');
  /** By source name. */
  readonly sent = new Map<string, SentSource>();
  /** By source name. */
  readonly received = new Map<string, Forwarding>();
  readonly receiver: ReceiverState;
  abstract readonly bandwidth: ReceiverWatch;
  abstract readonly transport: types.WebRtcTransport | types.PlainTransport;
  channel: MessageChannel | undefined;
  /** Sources that were in its first offer: answering it accepts them. */
  offeredNames: readonly string[] = [];
  protected readonly logger: Logger;
  readonly #options: EndpointOptions;
  readonly #mutedKinds: ReadonlySet<string>;
  #connectTimer: NodeJS.Timeout;
  #isAnswered = false;
  #isConnected = false;
  #isClosed = false;

  /**
   * @param mutedKinds kinds that a moderator has muted; kept by the conference, since a new session must not lift it.
   * @param audio what it hears as long as it has said nothing.
   */
  protected constructor(options: EndpointOptions, mutedKinds: ReadonlySet<string>, audio: AudioSubscription) {
    super();
    this.id = options.id;
    this.#options = options;
    this.logger = options.logger.child({ endpoint: options.id });
    this.#mutedKinds = mutedKinds;
    this.receiver = new ReceiverState(new BandwidthEstimate(options.initialBitrateBps), audio);
    this.#connectTimer = setTimeout(() => this.fail('ice-failed'), ANSWER_TIMEOUT_MS);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether sources of this kind can be forwarded to it. */
  protected abstract receives(kind: MediaKind): boolean;

  /**
   * The client has answered. @param connectWithinMs until media can flow.
   * @throws BridgeRequestError `bad-request` when it had answered before.
   */
  protected answered(connectWithinMs: number): void {
    if (this.#isAnswered) throw new BridgeRequestError('bad-request', 'this session is connected already');
    this.#isAnswered = true;
    clearTimeout(this.#connectTimer);
    this.#connectTimer = setTimeout(() => {
      if (!this.#isConnected) this.fail('ice-failed');
    }, connectWithinMs);
  }

  /** Media can flow; only the first time counts. */
  protected connected(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    clearTimeout(this.#connectTimer);
    for (const forwarding of this.received.values()) forwarding.transportConnected();
    this.bandwidth.followClosely();
    this.emit('connected');
  }

  /**
   * Takes a new source in. Nothing is changed if it is refused.
   * @throws BridgeRequestError `bad-request`
   */
  async produce(source: Source): Promise<SentSource> {
    if (source.owner !== this.id)
      throw new BridgeRequestError('bad-request', `${source.name} belongs to another endpoint`);
    if (this.sent.has(source.name)) throw new BridgeRequestError('bad-request', `${source.name} is there already`);
    if (this.sent.size >= this.#options.maxSources) throw new BridgeRequestError('bad-request', 'too many sources');
    const encodings = encodingsOf(source);
    if (typeof encodings === 'string') throw new BridgeRequestError('bad-request', encodings);
    const ours = this.#receivedSsrcs();
    if (source.ssrcs.some((ssrc) => ours.has(ssrc))) {
      throw new BridgeRequestError('bad-request', `${source.name} has an SSRC that this session receives`);
    }
    let producer: types.Producer;
    try {
      producer = await this.transport.produce({
        kind: source.kind,
        rtpParameters: producerParameters(source, encodings, this.#options.capabilities),
        paused: this.#mutedKinds.has(muteKind(source)),
      });
    } catch (cause) {
      throw this.refusal(`${source.name} cannot be taken in`, cause);
    }
    const sent = new SentSource(source, producer, () => this.emit('layersChanged'));
    this.sent.set(source.name, sent);
    return sent;
  }

  /** Its consumers at the receivers close with it. */
  endSource(name: string): void {
    this.sent.get(name)?.producer.close();
    this.sent.delete(name);
  }

  /**
   * Prepares another endpoint's source for this receiver; it flows once accepted.
   * @returns undefined when the source ended meanwhile, or is of a kind that the receiver does not take.
   */
  async consume(sent: SentSource): Promise<ReceivedSource | undefined> {
    if (!this.receives(sent.source.kind)) return undefined;
    const consumer = await unlessClosed(sent.producer, () => this.#consumeWithFreeSsrc(sent));
    if (consumer === undefined) return undefined;
    const received = receivedSource(sent.source, consumer.rtpParameters);
    const forwarding = new Forwarding(sent, received, consumer, this.#isConnected, this.logger);
    this.#applySubscription(forwarding);
    consumer.on('layerschange', () => {
      if (forwarding.isLowered) this.bandwidth.strained();
    });
    consumer.on('score', ({ score }) => {
      if (forwarding.isFlowing && score < LOSSLESS_SCORE) this.bandwidth.strained();
    });
    this.received.set(sent.name, forwarding);
    consumer.once('producerclose', () => {
      if (this.received.get(sent.name) === forwarding) this.received.delete(sent.name);
    });
    return received;
  }

  /** Whether it gets no picture at all of those it should. */
  get isStarved(): boolean {
    if (!this.#isConnected) return false;
    const pictures = [...this.received.values()].filter(
      ({ received, isFlowing }) => received.kind === 'video' && isFlowing,
    );
    return pictures.length > 0 && pictures.every(({ isHeldBack }) => isHeldBack);
  }

  accept(names: Iterable<string>): void {
    for (const name of names) this.received.get(name)?.accept();
  }

  /** Which sound it wants from now on. */
  subscribe(audio: AudioSubscription): void {
    this.receiver.audio = audio;
    for (const forwarding of this.received.values()) this.#applySubscription(forwarding);
  }

  /** Applies what the conference says about muted kinds to the sources that are there. */
  async applyMutes(): Promise<void> {
    await Promise.all(
      [...this.sent.values()].map(async ({ source, producer }) => {
        const isMuted = this.#mutedKinds.has(muteKind(source));
        if (isMuted === producer.paused) return;
        await unlessClosed(producer, () => (isMuted ? producer.pause() : producer.resume()));
      }),
    );
  }

  /** By our own decision; nothing is emitted. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#connectTimer);
    this.channel?.endpointEnded();
    this.channel = undefined;
    this.transport.close();
    this.received.clear();
    this.sent.clear();
    this.removeAllListeners();
  }

  /** What mediasoup refuses is the client's mistake, unless the transport is gone. */
  protected refusal(what: string, cause: unknown): BridgeRequestError {
    if (this.transport.closed) {
      return new BridgeRequestError('no-such-endpoint', `the session of ${this.id} ended meanwhile`, { cause });
    }
    return new BridgeRequestError('bad-request', `${what}: ${String(cause)}`, { cause });
  }

  #applySubscription(forwarding: Forwarding): void {
    const { kind, name } = forwarding.received;
    if (kind === 'audio') forwarding.hear(isWanted(this.receiver.audio, name));
  }

  async #consumeWithFreeSsrc(sent: SentSource): Promise<types.Consumer> {
    for (let attempt = 0; attempt < CONSUME_ATTEMPTS; attempt += 1) {
      const consumer = await this.transport.consume({
        producerId: sent.producer.id,
        rtpCapabilities: this.#options.capabilities,
        paused: true,
        ...(sent.producer.type === 'simulcast' ? { preferredLayers: { spatialLayer: 0 } } : {}),
      });
      const taken = this.#receivedSsrcs();
      for (const ssrc of Object.values(PLACEHOLDER_SSRCS)) taken.add(ssrc);
      for (const { source } of this.sent.values()) for (const ssrc of source.ssrcs) taken.add(ssrc);
      const { ssrc, rtxSsrc } = receivedSource(sent.source, consumer.rtpParameters);
      if (!taken.has(ssrc) && (rtxSsrc === undefined || !taken.has(rtxSsrc))) return consumer;
      consumer.close();
    }
    throw new Error('mediasoup draws no free SSRC');
  }

  #receivedSsrcs(): Set<number> {
    const ssrcs = new Set<number>();
    for (const { received } of this.received.values()) {
      ssrcs.add(received.ssrc);
      if (received.rtxSsrc !== undefined) ssrcs.add(received.rtxSsrc);
    }
    return ssrcs;
  }

  protected fail(reason: EndpointClosedReason): void {
    if (!this.#isClosed) this.emit('failed', reason);
  }
}

/** What a moderator mutes is a kind of source: microphones, cameras or screens. */
export function muteKind({ kind, videoType }: Source): 'audio' | 'video' | 'desktop' {
  if (kind === 'audio') return 'audio';
  return videoType === 'desktop' ? 'desktop' : 'video';
}
