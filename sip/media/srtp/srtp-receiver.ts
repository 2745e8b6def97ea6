import { DecodeError } from '../decode-error.ts';
import { rtpHeaderBytes } from '../rtp/packet.ts';
import { sequenceDistance } from '../rtp/serial-number.ts';
import { applyCipher, authenticate, isAuthentic, TAG_BYTES } from './packet-cipher.ts';
import { ReplayWindow } from './replay-window.ts';
import { deriveKeys, type DirectionKeys } from './session-keys.ts';

const RTP_HEADER_BYTES = 12;
const RTCP_CLEAR_BYTES = 8;
const RTCP_INDEX_BYTES = 4;
const RTCP_ENCRYPTED = 0x8000_0000;

/** What is known of one source. */
interface Source {
  readonly ssrc: number;
  rollOver: number;
  highestSequence: number;
  readonly replay: ReplayWindow;
}

/** What comes to a leg, checked and opened (RFC 3711 §3.3, §3.4). One source at a time, as a phone is. */
export class SrtpReceiver {
  readonly #keys: DirectionKeys;
  #source: Source | undefined;
  readonly #rtcpReplay = new ReplayWindow();

  constructor(master: Uint8Array) {
    this.#keys = deriveKeys(master);
  }

  /** The RTP packet. @throws DecodeError when it is not authentic, or was here before */
  open(bytes: Buffer): Buffer {
    if (bytes.length < RTP_HEADER_BYTES + TAG_BYTES) throw new DecodeError('shorter than an SRTP packet');
    const end = bytes.length - TAG_BYTES;
    const ssrc = bytes.readUInt32BE(8);
    const sequence = bytes.readUInt16BE(2);
    const source = this.#source?.ssrc === ssrc ? this.#source : newSource(ssrc, sequence);
    const rollOver = guessRollOver(source, sequence);
    if (rollOver < 0) throw new DecodeError('an SRTP packet from before the first one');
    const index = rollOver * 2 ** 16 + sequence;
    if (!source.replay.isNew(index)) throw new DecodeError('an SRTP packet that was here before');
    const counter = Buffer.allocUnsafe(4);
    counter.writeUInt32BE(rollOver);
    const packet = bytes.subarray(0, end);
    if (!isAuthentic(authenticate(this.#keys.rtp, packet, counter), bytes.subarray(end))) {
      throw new DecodeError('an SRTP packet that is not authentic');
    }
    // Only now: what a stranger sends must not change what is expected next.
    const headerBytes = rtpHeaderBytes(packet);
    source.replay.note(index);
    if (index > source.rollOver * 2 ** 16 + source.highestSequence) {
      source.rollOver = rollOver;
      source.highestSequence = sequence;
    }
    this.#source = source;
    return Buffer.concat([
      packet.subarray(0, headerBytes),
      applyCipher(this.#keys.rtp, ssrc, index, packet.subarray(headerBytes)),
    ]);
  }

  /** The RTCP packet. @throws DecodeError when it is not authentic, or was here before */
  openRtcp(bytes: Buffer): Buffer {
    const end = bytes.length - TAG_BYTES;
    const trailerStart = end - RTCP_INDEX_BYTES;
    if (trailerStart < RTCP_CLEAR_BYTES) throw new DecodeError('shorter than an SRTCP packet');
    const trailer = bytes.readUInt32BE(trailerStart);
    const index = trailer % RTCP_ENCRYPTED;
    if (!this.#rtcpReplay.isNew(index)) throw new DecodeError('an SRTCP packet that was here before');
    if (!isAuthentic(authenticate(this.#keys.rtcp, bytes.subarray(0, end)), bytes.subarray(end))) {
      throw new DecodeError('an SRTCP packet that is not authentic');
    }
    this.#rtcpReplay.note(index);
    const packet = bytes.subarray(0, trailerStart);
    if (trailer < RTCP_ENCRYPTED) return packet;
    const body = applyCipher(this.#keys.rtcp, packet.readUInt32BE(4), index, packet.subarray(RTCP_CLEAR_BYTES));
    return Buffer.concat([packet.subarray(0, RTCP_CLEAR_BYTES), body]);
  }
}

function newSource(ssrc: number, sequence: number): Source {
  return { ssrc, rollOver: 0, highestSequence: sequence, replay: new ReplayWindow() };
}

/** Appendix A: how often the sequence has wrapped around, taken as what brings the packet nearest to the highest one. */
function guessRollOver({ rollOver, highestSequence }: Source, sequence: number): number {
  const distance = sequenceDistance(highestSequence, sequence);
  if (distance > 0 && sequence < highestSequence) return rollOver + 1;
  if (distance < 0 && sequence > highestSequence) return rollOver - 1;
  return rollOver;
}
