import type { Socket } from 'node:dgram';
import { FRAME_SAMPLES, type AudioDecoder, type AudioEncoder } from '../../../sip/media/codec/audio-codec.ts';
import { bindUdp } from '../../../sip/media/leg/port-pair.ts';
import type { MediaAddress } from '../../../sip/media/leg/leg-media.ts';
import type { SrtpReceiver } from '../../../sip/media/srtp/srtp-receiver.ts';
import type { SrtpSender } from '../../../sip/media/srtp/srtp-sender.ts';
import { decodeRtp, encodeRtp, isRtcp, type RtpExtension, type RtpPacket } from '../../../sip/media/rtp/packet.ts';

export interface RtpPhoneOptions {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Units of the RTP clock in 20 ms. */
  readonly frameUnits: number;
  readonly encoder: AudioEncoder;
  readonly decoder: AudioDecoder;
  /** Encrypts what it sends and opens what it gets. */
  readonly srtp?: { readonly sender: SrtpSender; readonly receiver: SrtpReceiver };
}

/** The other end of RTP on a real socket: sends frames when told to, keeps all that comes. */
export class RtpPhone {
  readonly received: RtpPacket[] = [];
  readonly rtcp: Buffer[] = [];
  /** Of the packets of the payload type it was made for, one after the other. */
  readonly heard: Int16Array[] = [];
  sequenceNumber = 65_530; // wraps around soon
  timestamp = 0xffff_f000;
  readonly #socket: Socket;
  readonly #options: RtpPhoneOptions;

  static async open(options: RtpPhoneOptions, address = '127.0.0.1'): Promise<RtpPhone> {
    return new RtpPhone(await bindUdp(address, 0), options);
  }

  private constructor(socket: Socket, options: RtpPhoneOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (bytes) => {
      if (isRtcp(bytes)) {
        this.rtcp.push(options.srtp?.receiver.openRtcp(bytes) ?? bytes);
        return;
      }
      const packet = decodeRtp(options.srtp?.receiver.open(bytes) ?? bytes);
      this.received.push(packet);
      if (packet.payloadType === options.payloadType) this.heard.push(options.decoder.decode(packet.payload).slice());
    });
  }

  get address(): MediaAddress {
    const { address, port } = this.#socket.address();
    return { address, port };
  }

  /** What was heard, up to the last two seconds, in one piece. */
  recording(): Int16Array {
    return Int16Array.from(this.heard.slice(-100).flatMap((frame) => [...frame]));
  }

  /** One frame of 20 ms. */
  send(to: MediaAddress, samples: Int16Array, extension?: RtpExtension): void {
    if (samples.length !== FRAME_SAMPLES) throw new RangeError('a frame has 320 samples');
    this.sendPayload(to, this.#options.payloadType, this.#options.encoder.encode(samples), extension);
    this.timestamp = (this.timestamp + this.#options.frameUnits) >>> 0;
  }

  /** A packet of any payload type; the timestamp stays. */
  sendPayload(to: MediaAddress, payloadType: number, payload: Uint8Array, extension?: RtpExtension): void {
    const { ssrc } = this.#options;
    const { sequenceNumber, timestamp } = this;
    const packet = encodeRtp({ payloadType, isMarked: false, sequenceNumber, timestamp, ssrc, extension, payload });
    this.sendBytes(to, this.#options.srtp?.sender.protect(packet) ?? packet);
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
  }

  sendBytes({ address, port }: MediaAddress, bytes: Uint8Array): void {
    this.#socket.send(bytes, port, address);
  }

  close(): void {
    this.#socket.close();
  }
}
