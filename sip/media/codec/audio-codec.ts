import { DecodeError } from '../decode-error.ts';
import { Concealer } from './concealer.ts';
import { decodeG711, encodeG711, type G711Law } from './g711.ts';
import { G722Decoder, G722Encoder } from './g722.ts';
import { Downsampler, Upsampler } from './half-band.ts';
import type { OpusCodec } from './opus-codec.ts';
import { opusUnits } from './opus-packet.ts';

// The codecs as the mixer sees them: payloads of RTP on one side, 16 kHz mono on the other.

export type CodecName = 'opus' | 'PCMU' | 'PCMA' | 'G722';

/** Of 16 kHz, 20 ms: what is mixed and sent at once. */
export const FRAME_SAMPLES = 320;
export const SAMPLE_RATE_HZ = 16_000;

/** RFC 3551 §4.5.2: G.722's clock is 8 kHz although its samples are 16; RFC 7587 §4.1: Opus has 48 whatever is coded. */
export function clockRateOf(codec: CodecName): number {
  return codec === 'opus' ? 48_000 : 8000;
}

/** No payload is longer: 120 ms. */
const MAX_PAYLOAD_BYTES = 960;

/** How long a payload sounds, in units of the RTP clock. @throws DecodeError when it is none of this codec's */
export function payloadUnits(codec: CodecName, payload: Uint8Array): number {
  if (codec === 'opus') return opusUnits(payload);
  if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES) throw new DecodeError('an empty or overlong payload');
  return payload.length;
}

/** Results are valid until the next call. */
export interface AudioDecoder {
  /** @throws DecodeError */
  decode(payload: Uint8Array): Int16Array;
  /** What was lost. @param next payload behind it, if it is there already */
  conceal(samples: number, next: Uint8Array | undefined): Int16Array;
  free(): void;
}

export interface AudioEncoder {
  /** @param samples one frame */
  encode(samples: Int16Array): Uint8Array;
  free(): void;
}

export async function createAudioDecoder(codec: CodecName, opus: OpusCodec): Promise<AudioDecoder> {
  if (codec === 'opus') {
    const decoder = await opus.createDecoder();
    return {
      decode: (payload) => decoder.decode(payload),
      conceal: (samples, next) => {
        try {
          if (next !== undefined) return decoder.recover(next, samples);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
        return decoder.conceal(samples);
      },
      free: () => decoder.free(),
    };
  }
  return codec === 'G722' ? new WidebandDecoder() : new NarrowbandDecoder(codec);
}

export async function createAudioEncoder(codec: CodecName, opus: OpusCodec): Promise<AudioEncoder> {
  if (codec === 'opus') return opus.createEncoder();
  if (codec === 'G722') {
    const encoder = new G722Encoder();
    return { encode: (samples) => encoder.encode(samples), free: () => undefined };
  }
  const downsampler = new Downsampler();
  const narrow = new Int16Array(FRAME_SAMPLES / 2);
  return {
    encode: (samples) => {
      downsampler.process(samples, narrow);
      return encodeG711(codec, narrow);
    },
    free: () => undefined,
  };
}

/** A decoder with concealment of its own. */
abstract class ConcealingDecoder implements AudioDecoder {
  readonly #samples = new Int16Array(2 * MAX_PAYLOAD_BYTES);
  readonly #concealer = new Concealer();

  decode(payload: Uint8Array): Int16Array {
    if (payload.length > MAX_PAYLOAD_BYTES) throw new DecodeError('an overlong payload');
    const samples = this.#samples.subarray(0, 2 * payload.length);
    this.decodeInto(payload, samples);
    this.#concealer.heard(samples);
    return samples;
  }

  conceal(length: number): Int16Array {
    const samples = this.#samples.subarray(0, length);
    this.#concealer.conceal(samples);
    return samples;
  }

  free(): void {
    // Nothing outside the heap.
  }

  protected abstract decodeInto(payload: Uint8Array, samples: Int16Array): void;
}

class WidebandDecoder extends ConcealingDecoder {
  readonly #decoder = new G722Decoder();

  protected override decodeInto(payload: Uint8Array, samples: Int16Array): void {
    this.#decoder.decode(payload, samples);
  }
}

class NarrowbandDecoder extends ConcealingDecoder {
  readonly #law: G711Law;
  readonly #narrow = new Int16Array(MAX_PAYLOAD_BYTES);
  readonly #upsampler = new Upsampler();

  constructor(law: G711Law) {
    super();
    this.#law = law;
  }

  protected override decodeInto(payload: Uint8Array, samples: Int16Array): void {
    const narrow = this.#narrow.subarray(0, payload.length);
    decodeG711(this.#law, payload, narrow);
    this.#upsampler.process(narrow, samples);
  }
}
