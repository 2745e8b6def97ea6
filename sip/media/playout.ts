import { type AudioDecoder, SAMPLE_RATE_HZ } from './codec/audio-codec.ts';
import { DecodeError } from './decode-error.ts';
import { type BufferedPacket, JitterBuffer, type JitterFigures, type Playout } from './jitter-buffer.ts';

/** The longest packet there may be, 120 ms, on top of an almost whole frame. */
const CAPACITY = 0.14 * SAMPLE_RATE_HZ;
/** Of the last frame's samples: -50 dB below full scale is background noise. */
const QUIET_PEAK = 100;

/** One received stream: packets in, an even stream of 16 kHz frames out. */
export class PlayoutStream {
  readonly #buffer: JitterBuffer;
  readonly #decoder: AudioDecoder;
  readonly #samplesPerUnit: number;
  readonly #ready = new Int16Array(CAPACITY);
  #readySamples = 0;
  #isQuiet = true;

  constructor(decoder: AudioDecoder, clockRateHz: number) {
    this.#buffer = new JitterBuffer(clockRateHz);
    this.#decoder = decoder;
    this.#samplesPerUnit = SAMPLE_RATE_HZ / clockRateHz;
  }

  get figures(): JitterFigures {
    return this.#buffer.figures;
  }

  /** The sender began anew. */
  reset(): void {
    this.#buffer.reset();
  }

  put(packet: BufferedPacket, nowMs: number): void {
    this.#buffer.put(packet, nowMs);
  }

  /** Fills the frame. @returns false when it is silence because there is nothing to play */
  read(frame: Int16Array, nowMs: number): boolean {
    let hasSound = this.#readySamples > 0;
    while (this.#readySamples < frame.length) {
      const playout = this.#buffer.next(nowMs, this.#isQuiet);
      if (playout.kind !== 'silence') hasSound = true;
      this.#append(playout);
    }
    frame.set(this.#ready.subarray(0, frame.length));
    this.#ready.copyWithin(0, frame.length, this.#readySamples);
    this.#readySamples -= frame.length;
    this.#isQuiet = !hasSound || isQuiet(frame);
    return hasSound;
  }

  /** Takes the frame's place in time without decoding what is in it: somebody louder is heard. */
  skip(samples: number, nowMs: number): void {
    this.#readySamples = Math.max(0, this.#readySamples - samples);
    if (this.#readySamples > 0) return;
    const playout = this.#buffer.next(nowMs, true);
    const units = playout.kind === 'packet' ? playout.packet.units : playout.units;
    const rest = Math.round(units * this.#samplesPerUnit) - samples;
    if (rest <= 0) return;
    this.#ready.fill(0, 0, rest);
    this.#readySamples = rest;
  }

  free(): void {
    this.#decoder.free();
  }

  #append(playout: Playout): void {
    const samples = this.#decode(playout);
    if (samples === undefined) {
      const length = this.#lengthOf(playout);
      this.#ready.fill(0, this.#readySamples, this.#readySamples + length);
      this.#readySamples += length;
      return;
    }
    this.#ready.set(samples, this.#readySamples);
    this.#readySamples += samples.length;
  }

  #lengthOf(playout: Playout): number {
    const units = playout.kind === 'packet' ? playout.packet.units : playout.units;
    return Math.max(1, Math.min(Math.round(units * this.#samplesPerUnit), CAPACITY - this.#readySamples));
  }

  #decode(playout: Playout): Int16Array | undefined {
    if (playout.kind === 'silence') return undefined;
    if (playout.kind === 'packet') {
      try {
        return this.#decoder.decode(playout.packet.payload);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
    return this.#decoder.conceal(this.#lengthOf(playout), playout.kind === 'lost' ? playout.next?.payload : undefined);
  }
}

function isQuiet(frame: Int16Array): boolean {
  for (const sample of frame) if (sample > QUIET_PEAK || sample < -QUIET_PEAK) return false;
  return true;
}
