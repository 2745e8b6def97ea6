import { SAMPLE_RATE_HZ } from './codec/audio-codec.ts';
import { sharedSamples } from './shared-samples.ts';

const RAMP_MS = 5;
const DEFAULT_LEVEL_DBFS = -20;

export interface TonePart {
  /** 0 for a pause. */
  readonly frequencyHz: number;
  readonly durationMs: number;
  /** Of the peak; -20 by default. */
  readonly levelDbfs?: number;
}

/** Tones one after the other, each faded in and out, so that nothing clicks; in memory that threads share. */
export function tone(parts: readonly TonePart[]): Int16Array {
  const lengths = parts.map(({ durationMs }) => Math.round((durationMs * SAMPLE_RATE_HZ) / 1000));
  const samples = sharedSamples(lengths.reduce((total, length) => total + length, 0));
  const rampSamples = (RAMP_MS * SAMPLE_RATE_HZ) / 1000;
  let offset = 0;
  for (const [part, { frequencyHz, levelDbfs = DEFAULT_LEVEL_DBFS }] of parts.entries()) {
    const length = lengths[part] ?? 0;
    const amplitude = 32_767 * 10 ** (levelDbfs / 20);
    for (let index = 0; index < length; index += 1) {
      const ramp = Math.min(1, (index + 1) / rampSamples, (length - index) / rampSamples);
      const angle = (2 * Math.PI * frequencyHz * index) / SAMPLE_RATE_HZ;
      samples[offset + index] = Math.round(ramp * amplitude * Math.sin(angle));
    }
    offset += length;
  }
  return samples;
}
