import { middleOfNtp, type ReportBlock, type SenderInfo } from './rtcp.ts';
import type { RtpPacket } from './packet.ts';
import { sequenceDistance } from './serial-number.ts';

const MIN_PACKETS_LOST = -0x80_00_00;
const MAX_PACKETS_LOST = 0x7f_ff_ff;
/** RFC 3550 A.1: a jump further than this is a sender that began anew. */
const MAX_DROPOUT = 3000;

/** What a receiver report says about one source (RFC 3550 §6.4.1, A.3 and A.8). */
export class Reception {
  readonly ssrc: number;
  readonly #clockRateHz: number;
  #first = 0;
  #highest = 0;
  #cycles = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit: number | undefined;
  #jitter = 0;
  #lastSenderReport = 0;
  #lastSenderReportAtMs = 0;

  constructor(ssrc: number, clockRateHz: number) {
    this.ssrc = ssrc;
    this.#clockRateHz = clockRateHz;
  }

  receive({ sequenceNumber, timestamp }: RtpPacket, nowMs: number): void {
    const distance = this.#received === 0 ? MAX_DROPOUT : sequenceDistance(this.#highest, sequenceNumber);
    if (Math.abs(distance) >= MAX_DROPOUT) this.#begin(sequenceNumber);
    else if (distance > 0) {
      if (sequenceNumber < this.#highest) this.#cycles += 0x1_00_00;
      this.#highest = sequenceNumber;
    }
    this.#received += 1;
    const transit = Math.round((nowMs * this.#clockRateHz) / 1000) - timestamp;
    if (this.#transit !== undefined) {
      const difference = Math.abs((transit - this.#transit) | 0);
      this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  #begin(sequenceNumber: number): void {
    this.#first = sequenceNumber;
    this.#highest = sequenceNumber;
    this.#cycles = 0;
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#transit = undefined;
    this.#jitter = 0;
  }

  senderReport(sender: SenderInfo, nowMs: number): void {
    this.#lastSenderReport = middleOfNtp(sender);
    this.#lastSenderReportAtMs = nowMs;
  }

  /** Asking begins the next interval of the fraction lost. */
  report(nowMs: number): ReportBlock {
    const highestSequence = this.#cycles + this.#highest;
    const expected = highestSequence - this.#first + 1;
    const lost = expected - this.#received;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((256 * lostNow) / expectedNow)) : 0,
      packetsLost: Math.min(MAX_PACKETS_LOST, Math.max(MIN_PACKETS_LOST, lost)),
      highestSequence: highestSequence >>> 0,
      jitter: Math.floor(this.#jitter) >>> 0,
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport:
        this.#lastSenderReport === 0 ? 0 : Math.round((nowMs - this.#lastSenderReportAtMs) * 65.536) >>> 0,
    };
  }
}
