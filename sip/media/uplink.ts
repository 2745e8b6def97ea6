import { audioLevelExtension, SILENCE_LEVEL } from './rtp/audio-level.ts';
import { encodeRtp, type RtpPacket } from './rtp/packet.ts';
import { ntpTime, type SenderInfo } from './rtp/rtcp.ts';
import type { StreamStart } from './rtp/rtp-sender.ts';
import { sequenceDistance, timestampDistance } from './rtp/serial-number.ts';

/** Where the sfu takes a phone's sound, and how. */
export interface UplinkTarget {
  readonly remote: { readonly address: string; readonly port: number };
  readonly payloadType: number;
  readonly audioLevelExtensionId: number;
}

/** A jump further than this within one source is no sound that was lost on the way. */
const MAX_JUMP_PACKETS = 100;
const MAX_JUMP_MS = 5000;
/** Louder than this is somebody talking; -dBov. */
const VOICE_LEVEL = 50;

/** How incoming numbers become outgoing ones; made anew whenever the incoming ones jump. */
interface Mapping {
  readonly source: number;
  readonly sequenceOffset: number;
  readonly timestampOffset: number;
}

/**
 * A phone's sound on its way to the sfu, payload untouched. Towards the sfu it is one stream for the whole call: its numbers
 * run on when the phone is muted, held, moved, or sends keys, while packets lost before us stay lost in the sequence, so
 * that the listener's own concealment works.
 */
export class Uplink {
  readonly ssrc: number;
  readonly #clockRateHz: number;
  #mapping: Mapping | undefined;
  /** The first outgoing sequence number of the mapping: what is older belongs to the one before. */
  #firstSequence = 0;
  /** Of the newest packet sent. */
  #sequenceNumber: number;
  #timestamp: number;
  #sentAtMs: number | undefined;
  #incomingSequence = 0;
  #incomingTimestamp = 0;
  #packetCount = 0;
  #octetCount = 0;

  constructor({ ssrc, sequenceNumber, timestamp }: StreamStart, clockRateHz: number) {
    this.ssrc = ssrc;
    this.#clockRateHz = clockRateHz;
    this.#sequenceNumber = sequenceNumber;
    this.#timestamp = timestamp;
  }

  /** A packet was kept back, for whatever reason. What follows is numbered as if it had never been. */
  interrupt(): void {
    this.#mapping = undefined;
  }

  /**
   * The datagram for the sfu; undefined when the packet came from before the last interruption and has no number.
   * @param level of the sound, -dBov
   */
  forward(packet: RtpPacket, level: number, target: UplinkTarget, nowMs: number): Buffer | undefined {
    const isContinued = this.#mapping !== undefined && this.#continues(packet);
    const mapping = isContinued && this.#mapping !== undefined ? this.#mapping : this.#begin(packet, nowMs);
    const sequenceNumber = (packet.sequenceNumber + mapping.sequenceOffset) & 0xffff;
    const timestamp = (packet.timestamp + mapping.timestampOffset) >>> 0;
    const isNewest = !isContinued || sequenceDistance(this.#sequenceNumber, sequenceNumber) > 0;
    if (!isNewest && sequenceDistance(this.#firstSequence, sequenceNumber) < 0) return undefined;
    if (isNewest) {
      this.#sequenceNumber = sequenceNumber;
      this.#timestamp = timestamp;
      this.#sentAtMs = nowMs;
      this.#incomingSequence = packet.sequenceNumber;
      this.#incomingTimestamp = packet.timestamp;
    }
    this.#packetCount += 1;
    this.#octetCount += packet.payload.length;
    const isVoice = level < VOICE_LEVEL && level !== SILENCE_LEVEL;
    return encodeRtp({
      payloadType: target.payloadType,
      isMarked: packet.isMarked || !isContinued,
      sequenceNumber,
      timestamp,
      ssrc: this.ssrc,
      extension: audioLevelExtension(target.audioLevelExtensionId, level, isVoice),
      payload: packet.payload,
    });
  }

  #continues({ ssrc, sequenceNumber, timestamp }: RtpPacket): boolean {
    if (this.#mapping?.source !== ssrc) return false;
    if (Math.abs(sequenceDistance(this.#incomingSequence, sequenceNumber)) > MAX_JUMP_PACKETS) return false;
    const jump = Math.abs(timestampDistance(this.#incomingTimestamp, timestamp));
    return jump <= (MAX_JUMP_MS * this.#clockRateHz) / 1000;
  }

  #begin({ ssrc, sequenceNumber, timestamp }: RtpPacket, nowMs: number): Mapping {
    const elapsedMs = this.#sentAtMs === undefined ? 0 : nowMs - this.#sentAtMs;
    const nextTimestamp = this.#timestamp + Math.max(1, Math.round((elapsedMs * this.#clockRateHz) / 1000));
    this.#firstSequence = (this.#sequenceNumber + 1) & 0xffff;
    this.#mapping = {
      source: ssrc,
      sequenceOffset: this.#firstSequence - sequenceNumber,
      timestampOffset: nextTimestamp - timestamp,
    };
    return this.#mapping;
  }

  /** For a sender report; undefined before the first packet. */
  info(unixMs: number, nowMs: number): SenderInfo | undefined {
    if (this.#sentAtMs === undefined) return undefined;
    const sinceUnits = Math.round(((nowMs - this.#sentAtMs) * this.#clockRateHz) / 1000);
    return {
      ...ntpTime(unixMs),
      rtpTimestamp: (this.#timestamp + sinceUnits) >>> 0,
      packetCount: this.#packetCount,
      octetCount: this.#octetCount >>> 0,
    };
  }
}
