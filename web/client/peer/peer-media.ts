import type { IceCandidate } from '#protocol/media/rtp.ts';
import type { MediaKind, ReceivedSource } from '#protocol/media/source.ts';
import { Emitter } from '#protocol/emitter.ts';
import { log } from '../log.ts';
import { readAnswer, type Answer } from '../sdp/read-answer.ts';
import { writeCandidate } from '../sdp/write-offer.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { LocalSources } from '../session/local-sources.ts';
import type { SendSlotName } from '../session/send-slots.ts';
import { readCandidate } from './peer-candidate.ts';
import type { PeerDescription } from './peer-description.ts';
import { writePeerSdp } from './write-peer-sdp.ts';

export interface PeerMediaEvents {
  connection: [RTCPeerConnectionState];
  candidate: [IceCandidate];
}

const SLOTS: Readonly<Record<MediaKind, SendSlotName>> = { audio: 'microphone', video: 'camera' };
/** One stream for one viewer: as much as three layers to the bridge together. */
const CAMERA_BITRATE_BPS = 2_000_000;
const CAMERA_FRAME_RATE = 30;

/**
 * One RTCPeerConnection with the other person: a microphone and a camera each way, in two m-sections that stay as they
 * are. Mute, unmute and another device only change the track that a sender has.
 */
export class PeerMedia extends Emitter<PeerMediaEvents> {
  readonly #local: LocalSources;
  readonly #connection: RTCPeerConnection;
  /** All work on the connection, in order. */
  readonly #queue = new SerialQueue();
  readonly #unsubscribe: () => void;
  /** The peer's candidates that came before its description. */
  #early: IceCandidate[] = [];
  #sources: readonly ReceivedSource[] = [];
  #maxHeight = Number.POSITIVE_INFINITY;

  constructor(local: LocalSources, iceServers: readonly RTCIceServer[]) {
    super();
    this.#local = local;
    this.#connection = new RTCPeerConnection({
      iceServers: iceServers.map((server) => ({ ...server })),
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.#connection.addEventListener('connectionstatechange', () => {
      this.emit('connection', this.#connection.connectionState);
    });
    this.#connection.addEventListener('icecandidate', ({ candidate }) => {
      const found = candidate === null ? undefined : readCandidate(candidate.candidate);
      if (found !== undefined) this.emit('candidate', found);
    });
    this.#unsubscribe = local.on('changed', (slot) => {
      if (slot === 'microphone' || slot === 'camera') void this.#sendTrack(slot);
    });
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  /** @returns what we offer. @throws DOMException if the browser cannot */
  offer(): Promise<Answer> {
    return this.#queue.run(async () => {
      for (const kind of ['audio', 'video'] as const) {
        const { sender } = this.#connection.addTransceiver(kind, { direction: 'sendrecv' });
        await sender.replaceTrack(this.#local.trackToSend(SLOTS[kind]) ?? null);
      }
      return this.#describe('offer');
    });
  }

  /** @returns our answer. @throws DOMException if the browser cannot */
  answer(offer: PeerDescription): Promise<Answer> {
    return this.#queue.run(async () => {
      const sections = offer.sections.map(({ kind, name }) => ({ kind, mid: name }));
      await this.#take(offer, 'offer', sections);
      for (const transceiver of this.#connection.getTransceivers()) {
        transceiver.direction = 'sendrecv';
        const kind = transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video';
        await transceiver.sender.replaceTrack(this.#local.trackToSend(SLOTS[kind]) ?? null);
      }
      const local = await this.#describe('answer');
      await this.#applyLimits();
      return local;
    });
  }

  /** Takes the answer to our offer. @throws DOMException if the browser cannot */
  accept(answer: PeerDescription, local: Answer): Promise<void> {
    return this.#queue.run(async () => {
      await this.#take(answer, 'answer', local.sections);
      await this.#applyLimits();
    });
  }

  addCandidates(candidates: readonly IceCandidate[]): void {
    if (this.#connection.remoteDescription === null) {
      this.#early.push(...candidates);
      return;
    }
    for (const candidate of candidates) {
      const init = { candidate: writeCandidate(candidate).slice('a='.length), sdpMLineIndex: 0 };
      this.#connection.addIceCandidate(init).catch((error: unknown) => {
        // One of many ways; the others may lead there.
        log.debug('a candidate of the peer cannot be used', error);
      });
    }
  }

  /** Sources that the peer has announced, with their tracks. */
  received(): { readonly source: ReceivedSource; readonly track: MediaStreamTrack }[] {
    return this.#sources.flatMap((source) => {
      const track = this.receiverOf(source.name)?.track;
      return track === undefined ? [] : [{ source, track }];
    });
  }

  receiverOf(name: string): RTCRtpReceiver | undefined {
    const source = this.#sources.find((one) => one.name === name);
    return source === undefined ? undefined : this.#transceiver(source.kind)?.receiver;
  }

  senderOf(slot: SendSlotName): RTCRtpSender | undefined {
    const kind = (['audio', 'video'] as const).find((one) => SLOTS[one] === slot);
    return kind === undefined ? undefined : this.#transceiver(kind)?.sender;
  }

  /** The peer wants no more lines than this of our camera: 0 nothing. */
  limitHeight(maxHeight: number): void {
    if (this.#maxHeight === maxHeight) return;
    this.#maxHeight = maxHeight;
    void this.#queue.run(() => this.#applyLimits());
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#unsubscribe();
    this.#connection.close();
  }

  async #take(
    description: PeerDescription,
    type: 'offer' | 'answer',
    sections: readonly { readonly mid: string; readonly kind: MediaKind }[],
  ): Promise<void> {
    await this.#connection.setRemoteDescription({ type, sdp: writePeerSdp(description, type, sections) });
    this.#sources = description.sections.flatMap(({ source }) => source ?? []);
    this.addCandidates([...description.candidates, ...this.#early.splice(0)]);
  }

  async #describe(type: 'offer' | 'answer'): Promise<Answer> {
    const connection = this.#connection;
    await connection.setLocalDescription(
      type === 'offer' ? await connection.createOffer() : await connection.createAnswer(),
    );
    return readAnswer(connection.localDescription?.sdp ?? '');
  }

  async #sendTrack(slot: SendSlotName): Promise<void> {
    try {
      await this.#queue.run(async () => {
        const sender = this.senderOf(slot);
        const track = this.#local.trackToSend(slot) ?? null;
        if (sender === undefined || sender.track === track) return;
        await sender.replaceTrack(track);
        if (slot === 'camera') await this.#applyLimits();
      });
    } catch (error) {
      if (this.#connection.signalingState !== 'closed') log.error(`the ${slot} cannot be sent to the peer`, error);
    }
  }

  async #applyLimits(): Promise<void> {
    const sender = this.senderOf('camera');
    const parameters = sender?.getParameters();
    const [encoding] = parameters?.encodings ?? [];
    if (sender === undefined || parameters === undefined || encoding === undefined) return;
    const { width, height } = sender.track?.getSettings() ?? {};
    const lines = Math.min(width ?? Number.POSITIVE_INFINITY, height ?? 0);
    // Firefox keeps a sender without a track busy with black frames, unless its encoding is off.
    encoding.active = sender.track !== null && this.#maxHeight > 0;
    encoding.scaleResolutionDownBy = this.#maxHeight > 0 ? Math.max(lines / this.#maxHeight, 1) : 1;
    encoding.maxBitrate = CAMERA_BITRATE_BPS;
    encoding.maxFramerate = CAMERA_FRAME_RATE;
    try {
      await sender.setParameters(parameters);
    } catch (error) {
      log.warn('what the peer gets of the camera could not be limited', error);
    }
  }

  #transceiver(kind: MediaKind): RTCRtpTransceiver | undefined {
    return this.#connection.getTransceivers().find(({ receiver }) => receiver.track.kind === kind);
  }
}
