import type { Socket } from 'node:dgram';
import type { RtpAddress } from '#protocol/media/rtp.ts';
import type { AudioCodec } from '#protocol/media/source.ts';
import {
  clockRateOf,
  createAudioEncoder,
  FRAME_SAMPLES,
  SAMPLE_RATE_HZ,
  type AudioEncoder,
} from '../../../sip/media/codec/audio-codec.ts';
import { libopus } from '../../../sip/media/codec/libopus.ts';
import { bindUdp } from '../../../sip/media/leg/port-pair.ts';
import { audioLevel, audioLevelExtension, readAudioLevel } from '../../../sip/media/rtp/audio-level.ts';
import { decodeRtp, encodeRtp, isRtcp, type RtpPacket } from '../../../sip/media/rtp/packet.ts';

export interface ToneTarget extends RtpAddress {
  readonly payloadType: number;
  readonly ssrc: number;
  readonly audioLevelExtensionId: number;
}

export interface Tone {
  readonly frequencyHz: number;
  /** Of the sine's peak, 0 … 1. */
  readonly amplitude: number;
}

const FRAME_MS = 20;
/** What a timer that was late may make up for at once. */
const MAX_CATCH_UP_FRAMES = 5;

/** A caller's media without a call: one socket that sends a tone all the time and keeps what arrives. */
export class TonePhone {
  readonly received: RtpPacket[] = [];
  readonly #socket: Socket;
  #levelExtensionId = 0;
  #timer: NodeJS.Timeout | undefined;
  #encoder: AudioEncoder | undefined;
  #sequenceNumber = 1_000;
  #frame = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram) => {
      if (!isRtcp(datagram)) this.received.push(decodeRtp(datagram));
    });
  }

  static async open(): Promise<TonePhone> {
    return new TonePhone(await bindUdp('127.0.0.1', 0));
  }

  get address(): RtpAddress {
    const { address, port } = this.#socket.address();
    return { address, port };
  }

  /** Sends a tone from now on, in place of one before. */
  async send(target: ToneTarget, tone: Tone, codec: AudioCodec = 'PCMU'): Promise<void> {
    this.stopSending();
    this.#levelExtensionId = target.audioLevelExtensionId;
    const encoder = await createAudioEncoder(codec, libopus);
    this.#encoder = encoder;
    const startedAtMs = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - startedAtMs) / FRAME_MS);
      if (due - sent > MAX_CATCH_UP_FRAMES) this.#frame += due - sent - MAX_CATCH_UP_FRAMES;
      sent = Math.max(sent, due - MAX_CATCH_UP_FRAMES);
      for (; sent < due; sent += 1) this.#sendFrame(target, tone, codec, encoder);
    }, FRAME_MS / 2);
  }

  stopSending(): void {
    clearInterval(this.#timer);
    this.#encoder?.free();
    this.#encoder = undefined;
  }

  /** Packets of one SSRC, the oldest first. */
  packetsOf(ssrc: number): RtpPacket[] {
    return this.received.filter((packet) => packet.ssrc === ssrc);
  }

  /** How loud a packet says that it is, 0 … 127 (RFC 6464); undefined where it says nothing. */
  levelOf({ extension }: RtpPacket): number | undefined {
    return readAudioLevel(extension, this.#levelExtensionId);
  }

  close(): void {
    this.stopSending();
    this.#socket.close();
  }

  #sendFrame(target: ToneTarget, { frequencyHz, amplitude }: Tone, codec: AudioCodec, encoder: AudioEncoder): void {
    const first = this.#frame * FRAME_SAMPLES;
    const samples = Int16Array.from({ length: FRAME_SAMPLES }, (_, index) =>
      Math.round(32_767 * amplitude * Math.sin((2 * Math.PI * frequencyHz * (first + index)) / SAMPLE_RATE_HZ)),
    );
    const packet = encodeRtp({
      payloadType: target.payloadType,
      isMarked: false,
      sequenceNumber: this.#sequenceNumber & 0xffff,
      timestamp: ((this.#frame * clockRateOf(codec) * FRAME_MS) / 1_000) >>> 0,
      ssrc: target.ssrc,
      extension: audioLevelExtension(target.audioLevelExtensionId, audioLevel(samples), true),
      payload: encoder.encode(samples),
    });
    this.#sequenceNumber += 1;
    this.#frame += 1;
    this.#socket.send(packet, target.port, target.address);
  }
}
