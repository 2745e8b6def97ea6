import { encodeRtp, type RtpExtension } from './packet.ts';
import { ntpTime, type SenderInfo } from './rtcp.ts';

/** Where a stream begins; drawn at random (RFC 3550 §5.1). */
export interface StreamStart {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
}

/** A stream that we make ourselves, frame by frame. */
export class RtpSender {
  readonly ssrc: number;
  readonly clockRateHz: number;
  #sequenceNumber: number;
  #timestamp: number;
  #packetCount = 0;
  #octetCount = 0;
  #isFirst = true;

  constructor({ ssrc, sequenceNumber, timestamp }: StreamStart, clockRateHz: number) {
    this.ssrc = ssrc;
    this.clockRateHz = clockRateHz;
    this.#sequenceNumber = sequenceNumber;
    this.#timestamp = timestamp;
  }

  /** The next packet. The marker is on the first one after a pause (RFC 3551 §4.1). */
  packet(payloadType: number, payload: Uint8Array, extension?: RtpExtension): Buffer {
    const bytes = encodeRtp({
      payloadType,
      isMarked: this.#isFirst,
      sequenceNumber: this.#sequenceNumber,
      timestamp: this.#timestamp,
      ssrc: this.ssrc,
      extension,
      payload,
    });
    this.#isFirst = false;
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#packetCount += 1;
    this.#octetCount += payload.length;
    return bytes;
  }

  /** Time goes on, whether something was sent or not. */
  advance(units: number, wasSent: boolean): void {
    this.#timestamp = (this.#timestamp + units) >>> 0;
    if (!wasSent) this.#isFirst = true;
  }

  /** For a sender report; undefined before the first packet. */
  info(unixMs: number): SenderInfo | undefined {
    if (this.#packetCount === 0) return undefined;
    return {
      ...ntpTime(unixMs),
      rtpTimestamp: this.#timestamp,
      packetCount: this.#packetCount,
      octetCount: this.#octetCount >>> 0,
    };
  }
}
