import { Application, createDecoder, createEncoder, isOpusError, Signal } from 'libopus-wasm';
import { DecodeError } from '../decode-error.ts';
import type { OpusCodec } from './opus-codec.ts';

const SAMPLE_RATE = 16_000;
const FRAME_SAMPLES = 320;
/** RFC 6716 §3.2.5: no packet is longer than 120 ms. */
const MAX_PACKET_SAMPLES = 1920;
/** Half the cost of the highest one, and no telephone tells them apart. */
const COMPLEXITY = 5;
const BITRATE_BPS = 24_000;
/** At this bitrate libopus 1.6 leaves the error correction out when it expects 5 % (tried). */
const EXPECTED_LOSS_PERCENT = 10;

/** Concealment comes in steps of 2.5 ms. */
const STEP_SAMPLES = 40;

function wholeSteps(samples: number): number {
  return Math.min(MAX_PACKET_SAMPLES, STEP_SAMPLES * Math.ceil(samples / STEP_SAMPLES));
}

/** The library's refusal of a packet, as ours; empty packets and the like it refuses by RangeError. */
function decoding<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (cause) {
    if (isOpusError(cause) || cause instanceof RangeError) throw new DecodeError('not an Opus packet', { cause });
    throw cause;
  }
}

/** libopus as WebAssembly. */
export const libopus: OpusCodec = {
  async createDecoder() {
    const decoder = await createDecoder({ channels: 1, sampleRate: SAMPLE_RATE, maxFrameSize: MAX_PACKET_SAMPLES });
    return {
      decode: (packet) => decoding(() => decoder.decode(packet)),
      recover: (nextPacket, samples) => {
        const options = { decodeFec: true, frameSize: wholeSteps(samples) };
        return decoding(() => decoder.decode(nextPacket, options)).subarray(0, samples);
      },
      conceal: (samples) => decoder.decodePacketLoss(wholeSteps(samples)).subarray(0, samples),
      free: () => decoder.free(),
    };
  },
  async createEncoder() {
    const encoder = await createEncoder({
      channels: 1,
      sampleRate: SAMPLE_RATE,
      frameSize: FRAME_SAMPLES,
      application: Application.Voip,
      signal: Signal.Voice,
      complexity: COMPLEXITY,
      bitrate: BITRATE_BPS,
      fec: true,
      packetLossPercent: EXPECTED_LOSS_PERCENT,
    });
    return { encode: (samples) => encoder.encode(samples), free: () => encoder.free() };
  },
};
