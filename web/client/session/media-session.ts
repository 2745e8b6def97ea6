import type { MediaKind, ReceivedSource } from '#protocol/media/source.ts';
import { Emitter } from '#protocol/emitter.ts';
import { log } from '../log.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { BridgeOffer } from '../sdp/bridge-offer.ts';
import { readAnswer, type Answer } from '../sdp/read-answer.ts';
import { addSimulcastSsrcs, randomSsrc } from '../sdp/simulcast-ssrcs.ts';
import { writeOffer, type OfferSection } from '../sdp/write-offer.ts';
import { lookAt } from '../stats/look-at.ts';
import type { LocalSources } from './local-sources.ts';
import type { WatchedMedia } from './recovery.ts';
import { changeSlots, type ReceiveSlot, type SourceChange } from './receive-slots.ts';
import { SEND_SLOTS, sendSlot, type SendSlot, type SendSlotName } from './send-slots.ts';
import { cameraLayers, screenLayers, type SendingLayer } from './sending-layers.ts';

/** How a browser makes simulcast (wire note §5.6): three SSRCs, or RIDs (Firefox, which has no other way). */
export type SimulcastStyle = 'ssrc' | 'rid';

export interface MediaSessionOptions {
  readonly iceServers: readonly RTCIceServer[];
  readonly simulcast: SimulcastStyle;
  readonly useIceLite: boolean;
}

export interface MediaSessionEvents {
  connection: [RTCPeerConnectionState];
  /** Sources or their tracks changed. */
  received: [];
}

/** Firefox's names for its layers; they stay inside the browser. */
const RIDS = ['1', '2', '3'] as const;
const VIDEO_MIDS: ReadonlySet<string> = new Set(
  SEND_SLOTS.filter(({ kind }) => kind === 'video').map(({ mid }) => mid),
);
const DEFAULT_CAMERA_HEIGHT = 720;

/** One RTCPeerConnection with the bridge: it answers offers that we write from what Jingle signalled. */
export class MediaSession extends Emitter<MediaSessionEvents> implements WatchedMedia {
  #offer: BridgeOffer;
  readonly #options: MediaSessionOptions;
  readonly #local: LocalSources;
  readonly #connection: RTCPeerConnection;
  /** All work on the connection, in order: browsers refuse overlapping negotiations and parameter changes. */
  readonly #queue = new SerialQueue();
  readonly #unsubscribe: () => void;
  #slots: readonly ReceiveSlot[] = [];
  #version = 1;
  #pendingChanges: SourceChange[] = [];
  #negotiation: Promise<Answer> | undefined;
  readonly #maxHeights = new Map<SendSlotName, number>();
  #isIdle = false;
  /** A closed connection never settles what it was asked before (W3C WebRTC, “operations chain”); the focus waits for an answer. */
  readonly #closing = Promise.withResolvers<never>();

  constructor(offer: BridgeOffer, local: LocalSources, options: MediaSessionOptions) {
    super();
    this.#offer = offer;
    this.#local = local;
    this.#options = options;
    this.#connection = new RTCPeerConnection({
      iceServers: options.iceServers.map((server) => ({ ...server })),
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.#connection.addEventListener('connectionstatechange', () => {
      this.emit('connection', this.#connection.connectionState);
    });
    this.#unsubscribe = local.on('changed', (slot) => void this.#sendTrack(slot));
    this.#closing.promise.catch(() => log.debug('a media session is closed'));
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  /** Answers the offer. @throws DOMException if the browser cannot, or the session was closed */
  start(): Promise<Answer> {
    return this.change({ added: this.#offer.sources, removed: [] });
  }

  /**
   * Applies what the focus signalled; changes that come while one is being applied go together into the next.
   * @throws DOMException if the browser refuses, or the session was closed
   */
  change(change: SourceChange): Promise<Answer> {
    this.#pendingChanges.push(change);
    this.#negotiation ??= this.#queue.run(() => {
      this.#negotiation = undefined;
      const changes = this.#pendingChanges;
      this.#pendingChanges = [];
      for (const one of changes) this.#slots = changeSlots(this.#slots, one, SEND_SLOTS.length);
      return this.#negotiate();
    });
    return Promise.race([this.#negotiation, this.#closing.promise]);
  }

  /**
   * New ICE credentials of the bridge make the browser look for a way to it anew (RFC 8839 §4.4.1.1.1); tracks and SSRCs
   * stay, and media goes on over the old way until the new one is found.
   * @throws DOMException if the browser refuses, or the session was closed
   */
  restartIce(transport: Pick<BridgeOffer, 'ice' | 'candidates'>): Promise<Answer> {
    this.#offer = { ...this.#offer, ...transport };
    return this.change({ added: [], removed: [] });
  }

  /** Sources that we receive, with their tracks. */
  received(): { readonly source: ReceivedSource; readonly track: MediaStreamTrack }[] {
    const transceivers = this.#connection.getTransceivers();
    return this.#slots.flatMap(({ mid, source }) => {
      const track = transceivers.find((transceiver) => transceiver.mid === mid)?.receiver.track;
      return source === undefined || track === undefined ? [] : [{ source, track }];
    });
  }

  receiverOf(name: string): RTCRtpReceiver | undefined {
    const mid = this.#slots.find(({ source }) => source?.name === name)?.mid;
    return this.#connection.getTransceivers().find((transceiver) => transceiver.mid === mid)?.receiver;
  }

  senderOf(slot: SendSlotName): RTCRtpSender | undefined {
    return this.#transceiver(sendSlot(slot))?.sender;
  }

  onConnection(listener: (state: RTCPeerConnectionState) => void): () => void {
    return this.on('connection', listener);
  }

  async lifeSigns(): Promise<number> {
    return (await lookAt(this)).lifeSigns;
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  /** The bridge wants no more than this of what we send: −1 no limit, 0 nothing. */
  limitHeight(slot: SendSlotName, maxHeight: number): void {
    if (this.#maxHeights.get(slot) === maxHeight) return;
    this.#maxHeights.set(slot, maxHeight);
    void this.#queue.run(() => this.#applyLayers(sendSlot(slot)));
  }

  /** Sends nothing for as long as media takes another way; all stays announced, so it goes on at once. */
  setIdle(isIdle: boolean): void {
    if (this.#isIdle === isIdle) return;
    this.#isIdle = isIdle;
    for (const { slot } of SEND_SLOTS) void this.#sendTrack(slot);
  }

  close(): void {
    this.#unsubscribe();
    this.#connection.close();
    this.#closing.reject(new DOMException('the session is over', 'AbortError'));
  }

  async #negotiate(): Promise<Answer> {
    const connection = this.#connection;
    const { simulcast, useIceLite } = this.#options;
    const sections: OfferSection[] = [
      ...SEND_SLOTS.map(({ mid, kind }): OfferSection => {
        const simulcastRids = simulcast === 'rid' && kind === 'video' ? RIDS : [];
        return { role: 'send', mid, kind, simulcastRids };
      }),
      ...this.#slots.map(({ mid, kind, source }): OfferSection => ({ role: 'receive', mid, kind, source })),
    ];
    const sdp = writeOffer(this.#offer, { sections, version: this.#version++, useIceLite });
    const isFirst = connection.remoteDescription === null;
    await connection.setRemoteDescription({ type: 'offer', sdp });
    if (isFirst) await Promise.all(SEND_SLOTS.map((slot) => this.#openSlot(slot)));
    const answer = await connection.createAnswer();
    const answerSdp = simulcast === 'ssrc' ? addSimulcastSsrcs(answer.sdp ?? '', VIDEO_MIDS, randomSsrc) : answer.sdp;
    await connection.setLocalDescription({ type: 'answer', sdp: answerSdp ?? '' });
    if (isFirst) for (const slot of SEND_SLOTS) await this.#applyLayers(slot);
    this.emit('received');
    return readAnswer(connection.localDescription?.sdp ?? '');
  }

  /** Every slot is ready to send from the first answer on, so that starting a camera or a share needs no negotiation. */
  async #openSlot(slot: SendSlot): Promise<void> {
    const transceiver = this.#transceiver(slot);
    if (transceiver === undefined) throw new Error(`the browser made no transceiver for ${slot.slot}`);
    transceiver.direction = 'sendonly';
    await transceiver.sender.replaceTrack(this.#trackToSend(slot.slot) ?? null);
  }

  async #sendTrack(name: SendSlotName): Promise<void> {
    try {
      await this.#queue.run(async () => {
        const slot = sendSlot(name);
        const sender = this.#transceiver(slot)?.sender;
        const track = this.#trackToSend(name) ?? null;
        if (sender === undefined || sender.track === track) return;
        await sender.replaceTrack(track);
        await this.#applyLayers(slot);
      });
    } catch (error) {
      if (this.#connection.signalingState !== 'closed') log.error(`the ${name} cannot be sent`, error);
    }
  }

  async #applyLayers(slot: SendSlot): Promise<void> {
    const sender = this.#transceiver(slot)?.sender;
    if (sender === undefined || slot.kind === 'audio' || this.#connection.signalingState === 'closed') return;
    const parameters = sender.getParameters();
    const layers = this.#layersOf(slot.slot);
    if (parameters.encodings.length === 0) return;
    // A browser that made fewer streams than there are layers gets the highest ones.
    const firstLayer = Math.max(layers.length - parameters.encodings.length, 0);
    for (const [index, encoding] of parameters.encodings.entries()) {
      const layer = layers[firstLayer + index];
      if (layer === undefined) continue;
      encoding.active = layer.active;
      encoding.maxBitrate = layer.maxBitrateBps;
      encoding.scaleResolutionDownBy = layer.scaleResolutionDownBy;
      encoding.maxFramerate = layer.maxFramerate;
    }
    try {
      await sender.setParameters(parameters);
    } catch (error) {
      // The video flows all the same, with the browser's own choice of bitrates.
      log.warn(`the layers of the ${slot.slot} could not be set`, error);
    }
  }

  #trackToSend(slot: SendSlotName): MediaStreamTrack | undefined {
    return this.#isIdle ? undefined : this.#local.trackToSend(slot);
  }

  #layersOf(slot: SendSlotName): readonly SendingLayer[] {
    // Firefox keeps a sender without a track busy with black frames and padding, unless its encodings are off.
    const isSending = this.#trackToSend(slot) !== undefined;
    const maxHeight = isSending ? (this.#maxHeights.get(slot) ?? -1) : 0;
    if (slot === 'screen') return screenLayers(maxHeight);
    const { width, height } = this.#local.track(slot)?.getSettings() ?? {};
    return cameraLayers(Math.min(width ?? Infinity, height ?? DEFAULT_CAMERA_HEIGHT), maxHeight);
  }

  #transceiver({ mid }: { readonly mid: string; readonly kind: MediaKind }): RTCRtpTransceiver | undefined {
    return this.#connection.getTransceivers().find((transceiver) => transceiver.mid === mid);
  }
}

export function simulcastStyleOf(userAgent: string): SimulcastStyle {
  // Firefox on iOS calls itself FxiOS and is WebKit.
  return /\bFirefox\//.test(userAgent) ? 'rid' : 'ssrc';
}
