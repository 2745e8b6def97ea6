import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { aLaw, muLaw } from './companding.ts';
import { decodeRtp, encodeRtp, type TestRtpPacket } from './rtp-packet.ts';

export interface ToneTarget {
  readonly address: string;
  readonly port: number;
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
const SAMPLE_RATE_HZ = 8_000;
const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
/** What a timer that was late may make up for at once. */
const MAX_CATCH_UP_FRAMES = 5;

/** A telephone's media without a telephone: one UDP socket that sends a tone in G.711 and keeps what arrives. */
export class RtpPhone {
  readonly received: TestRtpPacket[] = [];
  readonly #socket: Socket;
  #levelExtensionId = 0;
  #timer: NodeJS.Timeout | undefined;
  #sequence = 1_000;
  #frame = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram) => {
      const packet = decodeRtp(datagram, this.#levelExtensionId);
      if (packet !== undefined) this.received.push(packet);
    });
  }

  static async open(): Promise<RtpPhone> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpPhone(socket);
  }

  get address(): { readonly address: string; readonly port: number } {
    const { address, port } = this.#socket.address();
    return { address, port };
  }

  /** Sends a tone from now on, in place of one before. */
  send(target: ToneTarget, tone: Tone, law: 'PCMU' | 'PCMA' = 'PCMU'): void {
    this.#levelExtensionId = target.audioLevelExtensionId;
    clearInterval(this.#timer);
    const startedAtMs = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - startedAtMs) / FRAME_MS);
      if (due - sent > MAX_CATCH_UP_FRAMES) this.#frame += due - sent - MAX_CATCH_UP_FRAMES;
      sent = Math.max(sent, due - MAX_CATCH_UP_FRAMES);
      for (; sent < due; sent += 1) this.#sendFrame(target, tone, law);
    }, FRAME_MS / 2);
  }

  stopSending(): void {
    clearInterval(this.#timer);
  }

  /** Packets of one SSRC, the oldest first. */
  packetsOf(ssrc: number): TestRtpPacket[] {
    return this.received.filter((packet) => packet.ssrc === ssrc);
  }

  close(): void {
    this.stopSending();
    this.#socket.close();
  }

  #sendFrame(target: ToneTarget, { frequencyHz, amplitude }: Tone, law: 'PCMU' | 'PCMA'): void {
    const first = this.#frame * FRAME_SAMPLES;
    const compand = law === 'PCMU' ? muLaw : aLaw;
    const payload = Uint8Array.from({ length: FRAME_SAMPLES }, (_, index) =>
      compand(32_767 * amplitude * Math.sin((2 * Math.PI * frequencyHz * (first + index)) / SAMPLE_RATE_HZ)),
    );
    const packet = encodeRtp(
      {
        payloadType: target.payloadType,
        sequence: this.#sequence,
        timestamp: first,
        ssrc: target.ssrc,
        // RFC 6464 §3: of a sine with this peak.
        audioLevel: Math.round(-20 * Math.log10(amplitude / Math.SQRT2)),
        payload,
      },
      target.audioLevelExtensionId,
    );
    this.#sequence += 1;
    this.#frame += 1;
    this.#socket.send(packet, target.port, target.address);
  }
}
