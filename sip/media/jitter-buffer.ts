import { sequenceDistance, timestampDistance } from './rtp/serial-number.ts';

const MIN_DELAY_MS = 40;
const START_DELAY_MS = 60;
const MAX_DELAY_MS = 200;
/** Longer than this a packet is never held: the sender's clock ran ahead, or the reader stood still. */
const HARD_LIMIT_MS = MAX_DELAY_MS + 100;
/** How much the target exceeds the spread of the arrivals: the reader looks only every 20 ms. */
const MARGIN_MS = 20;
/** How fast a spread that was seen is forgotten, per packet. */
const FORGET_MS = 0.2;
/** How fast the fastest way is forgotten, per packet: faster than the clocks of two machines drift apart. */
const CREEP_MS = 0.03;
/** Once empty for so long, the next packet is a new beginning. */
const RESTART_MS = 200;
/** A jump further than this is a sender that began anew. */
const MAX_SEQUENCE_JUMP = 500;
/** A pause or loss longer than this is not waited for. */
const MAX_GAP_MS = 1000;
const MAX_PACKETS = 100;
/** Between two corrections of the delay. */
const CORRECTION_MS = 200;

export interface BufferedPacket {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  /** How long it sounds, in units of the timestamp. 0 for a packet that only takes its place in the sequence, such as a key. */
  readonly units: number;
}

/** What is to be played next. */
export type Playout =
  | { readonly kind: 'packet'; readonly packet: BufferedPacket }
  /** Sound is missing. `next` is the packet right behind, which may repeat it (forward error correction). */
  | { readonly kind: 'lost'; readonly units: number; readonly next: BufferedPacket | undefined }
  /** Nothing was sent, or nothing has come yet. */
  | { readonly kind: 'silence'; readonly units: number };

export interface JitterFigures {
  /** Came when their turn was over, or twice. */
  late: number;
  /** Never came, as far as one can tell. */
  lost: number;
  /** Left out to make the delay shorter, or because there were too many. */
  dropped: number;
}

/**
 * Puts packets back in order and evens their arrival out. The delay follows how far arrivals spread, between 40 and 200 ms,
 * and is corrected where nobody hears it. A hole in the sequence is a loss; a hole in the timestamps alone is a sender that
 * said nothing (discontinuous transmission).
 */
export class JitterBuffer {
  readonly figures: JitterFigures = { late: 0, lost: 0, dropped: 0 };
  readonly #unitsPerMs: number;
  /** By sequence number. */
  readonly #packets: BufferedPacket[] = [];
  #isPlaying = false;
  #startedWaitingAtMs = 0;
  #targetMs = START_DELAY_MS;
  #lastSequence: number | undefined;
  /** What plays next. */
  #cursor = 0;
  #frameUnits: number;
  /** Concealed while empty; the cursor stands meanwhile, so that a late packet is played, only later. */
  #expandedUnits = 0;
  #lastCorrectionAtMs = -Infinity;
  // How long packets were under way, against the fastest one.
  #lastTimestamp: number | undefined;
  #mediaMs = 0;
  #fastestMs = Infinity;
  #spreadMs = START_DELAY_MS - MARGIN_MS - 20;

  constructor(clockRateHz: number) {
    this.#unitsPerMs = clockRateHz / 1000;
    this.#frameUnits = 20 * this.#unitsPerMs;
  }

  /** How long packets are to be held now, in milliseconds. */
  get targetMs(): number {
    return this.#targetMs;
  }

  put(packet: BufferedPacket, nowMs: number): void {
    const { sequenceNumber } = packet;
    if (this.#lastSequence !== undefined) {
      const distance = sequenceDistance(this.#lastSequence, sequenceNumber);
      if (Math.abs(distance) > MAX_SEQUENCE_JUMP) this.reset();
      else if (distance <= 0) {
        this.figures.late += 1;
        this.#observe(packet, nowMs);
        return;
      }
    }
    let index = this.#packets.length;
    while (index > 0) {
      const distance = sequenceDistance(this.#packets[index - 1]?.sequenceNumber ?? 0, sequenceNumber);
      if (distance === 0) {
        this.figures.late += 1;
        return;
      }
      if (distance > 0) break;
      index -= 1;
    }
    if (!this.#isPlaying && this.#packets.length === 0) this.#startedWaitingAtMs = nowMs;
    this.#packets.splice(index, 0, packet);
    this.#observe(packet, nowMs);
    if (this.#packets.length > MAX_PACKETS) this.#dropHead();
  }

  #observe({ timestamp, units }: BufferedPacket, nowMs: number): void {
    if (units === 0) return;
    this.#frameUnits = units;
    if (this.#lastTimestamp !== undefined) {
      this.#mediaMs += timestampDistance(this.#lastTimestamp, timestamp) / this.#unitsPerMs;
    }
    this.#lastTimestamp = timestamp;
    const underWayMs = nowMs - this.#mediaMs;
    this.#fastestMs = Math.min(underWayMs, this.#fastestMs + CREEP_MS);
    this.#spreadMs = Math.max(underWayMs - this.#fastestMs, this.#spreadMs - FORGET_MS);
    const wantedMs = this.#spreadMs + units / this.#unitsPerMs + MARGIN_MS;
    this.#targetMs = Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, wantedMs));
  }

  /** @param isQuiet nothing would be heard if a frame were left out or put in here */
  next(nowMs: number, isQuiet: boolean): Playout {
    this.#skipSoundless();
    if (!this.#isPlaying && !this.#begin(nowMs)) return { kind: 'silence', units: this.#frameUnits };
    this.#correct(nowMs, isQuiet);
    this.#skipSoundless();
    const head = this.#packets[0];
    if (head === undefined) return this.#expand();
    let gap = timestampDistance(this.#cursor, head.timestamp);
    if (this.#expandedUnits > 0) {
      // What was concealed while nothing was there counts for what turned out to be missing.
      const paid = Math.min(Math.max(gap, 0), this.#expandedUnits);
      this.#cursor += paid;
      gap -= paid;
      this.#expandedUnits = 0;
    }
    if (gap > MAX_GAP_MS * this.#unitsPerMs) gap = 0;
    if (gap <= 0) return this.#play(head);
    const units = Math.min(gap, this.#frameUnits);
    this.#cursor = (this.#cursor + units) >>> 0;
    const isConsecutive =
      this.#lastSequence !== undefined && sequenceDistance(this.#lastSequence, head.sequenceNumber) === 1;
    if (isConsecutive) return { kind: 'silence', units };
    this.figures.lost += 1;
    return { kind: 'lost', units, next: gap <= this.#frameUnits ? head : undefined };
  }

  /** Forgets everything: another source, or one that began anew. */
  reset(): void {
    this.#packets.length = 0;
    this.#isPlaying = false;
    this.#lastSequence = undefined;
    this.#lastTimestamp = undefined;
    this.#expandedUnits = 0;
    this.#mediaMs = 0;
    this.#fastestMs = Infinity;
  }

  #begin(nowMs: number): boolean {
    const head = this.#packets[0];
    if (head === undefined) return false;
    if (nowMs - this.#startedWaitingAtMs < this.#targetMs && this.#bufferedMs(head.timestamp) < HARD_LIMIT_MS)
      return false;
    this.#isPlaying = true;
    this.#expandedUnits = 0;
    this.#cursor = head.timestamp;
    return true;
  }

  #play(head: BufferedPacket): Playout {
    this.#packets.shift();
    this.#lastSequence = head.sequenceNumber;
    this.#cursor = (head.timestamp + head.units) >>> 0;
    return { kind: 'packet', packet: head };
  }

  #expand(): Playout {
    const units = this.#frameUnits;
    this.#expandedUnits += units;
    if (this.#expandedUnits >= RESTART_MS * this.#unitsPerMs) this.#isPlaying = false;
    return { kind: 'lost', units, next: undefined };
  }

  #skipSoundless(): void {
    for (let head = this.#packets[0]; head?.units === 0; head = this.#packets[0]) {
      this.#packets.shift();
      this.#lastSequence = head.sequenceNumber;
    }
  }

  #bufferedMs(from: number): number {
    const last = this.#packets.at(-1);
    return last === undefined ? 0 : (timestampDistance(from, last.timestamp) + last.units) / this.#unitsPerMs;
  }

  /** Leaves a frame out, or waits one, when the delay is off. */
  #correct(nowMs: number, isQuiet: boolean): void {
    const bufferedMs = this.#bufferedMs(this.#cursor);
    while (this.#packets.length > 1 && this.#bufferedMs(this.#cursor) > HARD_LIMIT_MS) this.#dropHead();
    if (!isQuiet || nowMs - this.#lastCorrectionAtMs < CORRECTION_MS || this.#packets.length < 2) return;
    const frameMs = this.#frameUnits / this.#unitsPerMs;
    if (bufferedMs > this.#targetMs + 1.5 * frameMs) this.#dropHead();
    else if (bufferedMs < this.#targetMs - frameMs) this.#cursor = (this.#cursor - this.#frameUnits) >>> 0;
    else return;
    this.#lastCorrectionAtMs = nowMs;
  }

  #dropHead(): void {
    const head = this.#packets.shift();
    if (head === undefined) return;
    this.figures.dropped += 1;
    this.#lastSequence = head.sequenceNumber;
    if (this.#isPlaying) this.#cursor = (head.timestamp + head.units) >>> 0;
  }
}
