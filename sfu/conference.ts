import { EventEmitter } from 'node:events';
import type { types } from 'mediasoup';
import type {
  ConnectEndpoint,
  ConnectPlainEndpoint,
  EndpointClosed,
  EndpointConnected,
  ForceMute,
  SourceOffer,
} from '#protocol/bridge/bridge-bus.ts';
import { encodeChannelMessage, type ChannelClientMessage } from '#protocol/bridge/channel-message.ts';
import type { IceCredentials } from '#protocol/media/rtp.ts';
import type { ReceivedSource, Source } from '#protocol/media/source.ts';
import type { Logger } from '#runtime/logger.ts';
import { TokenBucket } from '#runtime/token-bucket.ts';
import { audioSubscription } from './audio-subscription.ts';
import { withMessage } from './allocation/receiver-constraints.ts';
import { BandwidthControl } from './bandwidth-control.ts';
import type { SfuConfig } from './config.ts';
import type { Endpoint, EndpointOptions } from './endpoint.ts';
import { BridgeRequestError } from './errors.ts';
import { IceEndpoint } from './ice-endpoint.ts';
import type { ChannelOwner, MessageChannel } from './message-transport.ts';
import { PlainEndpoint } from './plain-endpoint.ts';
import { ProbeRestart } from './probe-restart.ts';
import { RecentSpeakers } from './recent-speakers.ts';
import { ROUTER_CODECS, usedCapabilities } from './rtp-mapping.ts';
import type { SentSource } from './sent-source.ts';
import { unlessClosed } from './unless-closed.ts';
import type { MediaWorker } from './worker-pool.ts';

export interface ConferenceEvents {
  endpointConnected: [EndpointConnected];
  /** An endpoint ended though nobody asked for it. */
  endpointClosed: [EndpointClosed];
  /** The last endpoint is gone, or the conference was ended. */
  ended: [];
}

export interface ConferenceOptions {
  readonly id: string;
  readonly worker: MediaWorker;
  readonly config: SfuConfig;
  readonly logger: Logger;
}

/** An endpoint that was created, with what already flows in the conference. */
export interface CreatedEndpoint<Kind extends Endpoint = IceEndpoint> {
  readonly endpoint: Kind;
  readonly sources: readonly ReceivedSource[];
}

const PREVIOUS_SPEAKERS_SENT = 10;
/** Bytes that one endpoint may make us send to others, after multiplication by the receivers. */
const RELAYED_BYTES_PER_SECOND = 1_000_000;
const RELAYED_BYTES_BURST = 8_000_000;

/** The media of one meeting: a router on one worker, and its endpoints. */
export class Conference extends EventEmitter<ConferenceEvents> {
  readonly id: string;
  readonly worker: MediaWorker;
  readonly #config: SfuConfig;
  readonly #logger: Logger;
  readonly #router: types.Router;
  readonly #speakerObserver: types.ActiveSpeakerObserver;
  readonly #capabilities: Required<types.RtpCapabilities>;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #speakers = new RecentSpeakers();
  readonly #bandwidth: BandwidthControl;
  /** By endpoint id; outlives an endpoint's session. */
  readonly #mutedKinds = new Map<string, Set<ForceMute['kind']>>();
  readonly #relayedBytes = new Map<string, TokenBucket>();
  /** Requests about one conference run one after the other: each leaves it whole. */
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(
    { id, worker, config, logger }: ConferenceOptions,
    router: types.Router,
    speakerObserver: types.ActiveSpeakerObserver,
  ) {
    super();
    this.id = id;
    this.worker = worker;
    this.#config = config;
    this.#logger = logger.child({ conference: id });
    this.#router = router;
    this.#speakerObserver = speakerObserver;
    this.#capabilities = usedCapabilities(router.rtpCapabilities);
    this.#bandwidth = new BandwidthControl({
      endpoints: this.#endpoints,
      recentSpeakers: () => this.#speakers.order,
      probes: new ProbeRestart(router, this.#capabilities),
      logger: this.#logger,
    });
    speakerObserver.on('dominantspeaker', ({ producer }) => this.#dominantSpeaker(producer));
  }

  static async create(options: ConferenceOptions): Promise<Conference> {
    const router = await options.worker.worker.createRouter({ mediaCodecs: ROUTER_CODECS });
    try {
      return new Conference(options, router, await router.createActiveSpeakerObserver());
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get capabilities(): Required<types.RtpCapabilities> {
    return this.#capabilities;
  }

  get endpoints(): ReadonlyMap<string, Endpoint> {
    return this.#endpoints;
  }

  /** @throws BridgeRequestError `no-such-endpoint`, also for another session than the current one. */
  endpoint(id: string, session?: string): Endpoint {
    const endpoint = this.#endpoints.get(id);
    if (endpoint === undefined || (session !== undefined && endpoint.session !== session)) {
      throw new BridgeRequestError('no-such-endpoint', `there is no such session of ${id}`);
    }
    return endpoint;
  }

  /** @throws BridgeRequestError `no-such-endpoint` as {@link endpoint}, `bad-request` for one without ICE. */
  iceEndpoint(id: string, session?: string): IceEndpoint {
    const endpoint = this.endpoint(id, session);
    if (endpoint instanceof IceEndpoint) return endpoint;
    throw new BridgeRequestError('bad-request', `the session of ${id} has no ICE`);
  }

  /** An older session of the same endpoint ends silently. */
  createEndpoint(id: string): Promise<CreatedEndpoint> {
    const { webRtcServer } = this.worker;
    return this.#create(id, (options, mutes) => IceEndpoint.create({ ...options, webRtcServer }, mutes));
  }

  /** The same for one of the telephone gateway's. */
  createPlainEndpoint(id: string): Promise<CreatedEndpoint<PlainEndpoint>> {
    const address = this.#config.plainAddress;
    return this.#create(id, (options, mutes) => PlainEndpoint.create({ ...options, address }, mutes));
  }

  connectEndpoint(request: ConnectEndpoint): Promise<SourceOffer[]> {
    return this.#run(async () => {
      const endpoint = this.iceEndpoint(request.endpoint, request.session);
      await endpoint.connect(request.fingerprint);
      if (request.initialLastN !== undefined) {
        endpoint.receiver.constraints = { ...endpoint.receiver.constraints, lastN: request.initialLastN };
      }
      return this.#answered(endpoint, request.sources);
    });
  }

  connectPlainEndpoint({ endpoint: id, session, rtpAddress, sources }: ConnectPlainEndpoint): Promise<SourceOffer[]> {
    return this.#run(async () => {
      const endpoint = this.endpoint(id, session);
      if (!(endpoint instanceof PlainEndpoint)) throw new BridgeRequestError('bad-request', `${id} has ICE`);
      await endpoint.connect(rtpAddress);
      return this.#answered(endpoint, sources);
    });
  }

  /** @returns the endpoint with its new credentials, and those that they replace. */
  restartIce(
    id: string,
    session: string,
  ): Promise<{ readonly endpoint: IceEndpoint; readonly replaced: IceCredentials }> {
    return this.#run(async () => {
      const endpoint = this.iceEndpoint(id, session);
      return { endpoint, replaced: await endpoint.restartIce() };
    });
  }

  addSources(id: string, session: string, sources: readonly Source[]): Promise<SourceOffer[]> {
    return this.#run(() => this.#addSources(this.endpoint(id, session), sources));
  }

  removeSources(id: string, session: string, names: readonly string[]): Promise<void> {
    return this.#run(async () => {
      const endpoint = this.endpoint(id, session);
      for (const name of names) endpoint.endSource(name);
      this.#bandwidth.allChanged();
    });
  }

  acceptSources(id: string, session: string, names: readonly string[]): Promise<void> {
    return this.#run(async () => {
      this.endpoint(id, session).accept(names);
      this.#bandwidth.receiverChanged(id);
    });
  }

  forceMute({ endpoint: id, kind, muted }: ForceMute): Promise<void> {
    return this.#run(async () => {
      const endpoint = this.endpoint(id);
      const kinds = this.#mutesOf(id);
      if (muted) kinds.add(kind);
      else kinds.delete(kind);
      await endpoint.applyMutes();
      this.#bandwidth.allChanged();
    });
  }

  removeEndpoint(id: string, session?: string): Promise<void> {
    return this.#run(async () => {
      const endpoint = this.#endpoints.get(id);
      if (endpoint === undefined || (session !== undefined && endpoint.session !== session)) return;
      this.#remove(id);
      if (this.#endpoints.size === 0) this.close();
    });
  }

  /** Ends every endpoint and tells why; afterwards the conference is closed. */
  fail(reason: EndpointClosed['reason']): void {
    for (const { id, session } of this.#endpoints.values()) {
      this.emit('endpointClosed', { conference: this.id, endpoint: id, session, reason });
    }
    this.close();
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#bandwidth.close();
    for (const id of this.#endpoints.keys()) this.#remove(id);
    this.#router.close();
    this.emit('ended');
  }

  /** The message channel's view of an endpoint. */
  channelOwner(id: string): ChannelOwner | undefined {
    const endpoint = this.#endpoints.get(id);
    if (endpoint === undefined) return undefined;
    return {
      channelSecret: endpoint.channelSecret,
      attachChannel: (channel) => this.#attachChannel(endpoint, channel),
      detachChannel: (channel) => {
        if (endpoint.channel === channel) endpoint.channel = undefined;
      },
      receiveMessage: (message) => {
        if (!endpoint.isClosed) this.#receive(endpoint, message);
      },
    };
  }

  #create<Kind extends Endpoint>(
    id: string,
    create: (options: EndpointOptions, mutedKinds: ReadonlySet<string>) => Promise<Kind>,
  ): Promise<CreatedEndpoint<Kind>> {
    return this.#run(async () => {
      this.#remove(id);
      if (this.#endpoints.size >= this.#config.limits.endpointsPerConference) {
        throw new BridgeRequestError('unavailable', 'the conference is full');
      }
      const options = {
        id,
        router: this.#router,
        capabilities: this.#capabilities,
        initialBitrateBps: this.#config.initialBitrateBps,
        maxSources: this.#config.limits.sourcesPerEndpoint,
        logger: this.#logger,
      };
      const endpoint = await create(options, this.#mutesOf(id));
      this.#watch(endpoint);
      const others = [...this.#endpoints.values()].flatMap(({ sent }) => [...sent.values()]);
      this.#endpoints.set(id, endpoint);
      this.worker.endpoints += 1;
      const sources = await consumeAll(endpoint, others);
      endpoint.offeredNames = sources.map(({ name }) => name);
      this.#bandwidth.allChanged();
      return { endpoint, sources };
    });
  }

  /** The offer is accepted: its sources flow, and what the endpoint sends is offered to the others. */
  async #answered(endpoint: Endpoint, sources: readonly Source[]): Promise<SourceOffer[]> {
    const offers = await this.#addSources(endpoint, sources);
    endpoint.accept(endpoint.offeredNames);
    this.#bandwidth.receiverChanged(endpoint.id);
    return offers;
  }

  async #run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(async () => {
      if (this.#isClosed) throw new BridgeRequestError('no-such-endpoint', 'the conference is over');
      try {
        return await task();
      } catch (cause) {
        // The worker died or the endpoint failed while the request was under way.
        if (this.#isClosed) throw new BridgeRequestError('no-such-endpoint', 'the conference is over', { cause });
        throw cause;
      }
    });
    this.#queue = result.catch(() => undefined); // The caller has the error; the next request does not care.
    return result;
  }

  async #addSources(endpoint: Endpoint, sources: readonly Source[]): Promise<SourceOffer[]> {
    const added: SentSource[] = [];
    try {
      for (const source of sources) added.push(await endpoint.produce(source));
    } catch (error) {
      for (const { name } of added) endpoint.endSource(name);
      throw error;
    }
    for (const { source, producer } of added) {
      if (source.kind !== 'audio') continue;
      await unlessClosed(producer, () => this.#speakerObserver.addProducer({ producerId: producer.id }));
    }
    if (added.length === 0) return [];
    const receivers = [...this.#endpoints.values()].filter((other) => other !== endpoint);
    const offers = await Promise.all(receivers.map((receiver) => this.#offer(receiver, added)));
    this.#bandwidth.allChanged();
    return offers.filter((offer) => offer !== undefined);
  }

  /** @returns undefined where the receiver is failing right now; it gets all sources with its next session. */
  async #offer(receiver: Endpoint, added: readonly SentSource[]): Promise<SourceOffer | undefined> {
    try {
      return { receiver: receiver.id, sources: await consumeAll(receiver, added) };
    } catch (error) {
      if (receiver.isClosed || this.#isClosed) return undefined;
      throw error;
    }
  }

  #watch(endpoint: Endpoint): void {
    const { id, session } = endpoint;
    endpoint.on('connected', () => this.emit('endpointConnected', { conference: this.id, endpoint: id, session }));
    endpoint.on('failed', (reason) => {
      this.#logger.info({ endpoint: id, code: reason }, 'an endpoint failed');
      if (this.#endpoints.get(id) === endpoint) this.#remove(id);
      this.emit('endpointClosed', { conference: this.id, endpoint: id, session, reason });
      if (this.#endpoints.size === 0) this.close();
    });
    endpoint.on('layersChanged', () => this.#bandwidth.allChanged());
    endpoint.on('estimateChanged', () => {
      endpoint.channel?.send({
        colibriClass: 'ConnectionStats',
        estimatedDownlinkBandwidth: endpoint.receiver.estimate.latestBps,
      });
      this.#bandwidth.receiverChanged(id);
    });
  }

  #remove(id: string): void {
    const endpoint = this.#endpoints.get(id);
    if (endpoint === undefined) return;
    this.#endpoints.delete(id);
    this.worker.endpoints -= 1;
    this.#speakers.remove(id);
    this.#relayedBytes.delete(id);
    endpoint.close();
    this.#bandwidth.allChanged();
  }

  #mutesOf(id: string): Set<ForceMute['kind']> {
    const kinds = this.#mutedKinds.get(id) ?? new Set<ForceMute['kind']>();
    this.#mutedKinds.set(id, kinds);
    return kinds;
  }

  #attachChannel(endpoint: Endpoint, channel: MessageChannel): void {
    if (endpoint.isClosed) return channel.endpointEnded();
    endpoint.channel?.replaced();
    endpoint.channel = channel;
    channel.send({ colibriClass: 'ServerHello' });
    if (this.#speakers.dominant !== undefined) channel.sendText(this.#speakerMessage(this.#speakers.dominant));
    this.#bandwidth.channelOpened(endpoint);
  }

  #receive(endpoint: Endpoint, message: ChannelClientMessage): void {
    const { receiver } = endpoint;
    switch (message.colibriClass) {
      case 'ClientHello':
        endpoint.channel?.send({ colibriClass: 'ServerHello' });
        return;
      case 'ReceiverVideoConstraints':
        receiver.constraints = withMessage(receiver.constraints, message);
        if (message.assumedBandwidthBps !== undefined) receiver.estimate.assume(message.assumedBandwidthBps);
        this.#bandwidth.receiverChanged(endpoint.id);
        return;
      case 'LastNChangedEvent':
        receiver.constraints = { ...receiver.constraints, lastN: message.lastN };
        this.#bandwidth.receiverChanged(endpoint.id);
        return;
      case 'ReceiverAudioSubscription':
        endpoint.subscribe(audioSubscription(message));
        return;
      case 'SourceVideoTypeMessage': {
        const sent = endpoint.sent.get(message.sourceName);
        const isOff = message.videoType === 'none';
        if (sent === undefined || sent.isOff === isOff) return;
        sent.isOff = isOff;
        this.#bandwidth.allChanged();
        return;
      }
      case 'EndpointMessage': {
        const { to = '', msgPayload } = message;
        const receivers = this.#othersThan(endpoint).filter(({ id }) => to === '' || id === to);
        const { colibriClass } = message;
        this.#relay(endpoint, receivers, encodeChannelMessage({ colibriClass, from: endpoint.id, to, msgPayload }));
        return;
      }
      case 'EndpointStats':
        this.#relay(endpoint, this.#othersThan(endpoint), encodeChannelMessage({ ...message, from: endpoint.id }));
        return;
    }
  }

  #othersThan(endpoint: Endpoint): readonly Endpoint[] {
    return [...this.#endpoints.values()].filter((other) => other !== endpoint);
  }

  #relay(from: Endpoint, receivers: readonly Endpoint[], text: string): void {
    const nowMs = performance.now();
    const bucket =
      this.#relayedBytes.get(from.id) ?? new TokenBucket(RELAYED_BYTES_BURST, RELAYED_BYTES_PER_SECOND, nowMs);
    this.#relayedBytes.set(from.id, bucket);
    if (!bucket.take(text.length * receivers.length, nowMs)) {
      this.#logger.debug({ endpoint: from.id }, 'messages of an endpoint are dropped: too many bytes');
      return;
    }
    for (const { channel } of receivers) channel?.sendText(text);
  }

  #dominantSpeaker(producer: types.Producer): void {
    const speaker = [...this.#endpoints.values()].find(({ sent }) =>
      [...sent.values()].some((source) => source.producer === producer),
    );
    if (speaker === undefined || !this.#speakers.spoke(speaker.id)) return;
    const text = this.#speakerMessage(speaker.id);
    for (const { channel } of this.#endpoints.values()) channel?.sendText(text);
    this.#bandwidth.allChanged();
  }

  #speakerMessage(dominant: string): string {
    return encodeChannelMessage({
      colibriClass: 'DominantSpeakerEndpointChangeEvent',
      dominantSpeakerEndpoint: dominant,
      previousSpeakers: this.#speakers.order.filter((id) => id !== dominant).slice(0, PREVIOUS_SPEAKERS_SENT),
      silence: false,
    });
  }
}

async function consumeAll(receiver: Endpoint, sources: readonly SentSource[]): Promise<ReceivedSource[]> {
  const received = await Promise.all(sources.map((sent) => receiver.consume(sent)));
  return received.filter((source) => source !== undefined);
}
