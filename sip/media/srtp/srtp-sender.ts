import { rtpHeaderBytes } from '../rtp/packet.ts';
import { applyCipher, authenticate } from './packet-cipher.ts';
import { deriveKeys, type DirectionKeys } from './session-keys.ts';

const RTCP_ENCRYPTED = 0x8000_0000;
/** What of RTCP stays readable: its header and the sender's SSRC. */
const RTCP_CLEAR_BYTES = 8;

/** What leaves a leg, protected (RFC 3711 §3.3, §3.4). */
export class SrtpSender {
  readonly #keys: DirectionKeys;
  #ssrc: number | undefined;
  #rollOver = 0;
  #lastSequence = 0;
  #rtcpIndex = 0;

  constructor(master: Uint8Array) {
    this.#keys = deriveKeys(master);
  }

  /** Packets of a source must come in their order. */
  protect(packet: Buffer): Buffer {
    const ssrc = packet.readUInt32BE(8);
    const sequence = packet.readUInt16BE(2);
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.#rollOver = 0;
    } else if (sequence < this.#lastSequence) {
      this.#rollOver += 1;
    }
    this.#lastSequence = sequence;
    const headerBytes = rtpHeaderBytes(packet);
    const index = this.#rollOver * 2 ** 16 + sequence;
    const payload = applyCipher(this.#keys.rtp, ssrc, index, packet.subarray(headerBytes));
    const protectedBytes = Buffer.concat([packet.subarray(0, headerBytes), payload]);
    return Buffer.concat([protectedBytes, authenticate(this.#keys.rtp, protectedBytes, uint32(this.#rollOver))]);
  }

  protectRtcp(packet: Buffer): Buffer {
    this.#rtcpIndex += 1;
    const ssrc = packet.readUInt32BE(4);
    const body = applyCipher(this.#keys.rtcp, ssrc, this.#rtcpIndex, packet.subarray(RTCP_CLEAR_BYTES));
    const trailer = uint32(this.#rtcpIndex + RTCP_ENCRYPTED);
    const protectedBytes = Buffer.concat([packet.subarray(0, RTCP_CLEAR_BYTES), body, trailer]);
    return Buffer.concat([protectedBytes, authenticate(this.#keys.rtcp, protectedBytes)]);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
