import { describe, expect, it } from 'vitest';
import { measureTone } from '../../../test/support/audio/goertzel.ts';
import { Downsampler, Upsampler } from './half-band.ts';

const sine = (frequencyHz: number, sampleRateHz: number, length: number): Int16Array =>
  Int16Array.from({ length }, (_, index) => 16_000 * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz));

/** Through a resampler in pieces, as calls are. */
function inPieces(
  resampler: Upsampler | Downsampler,
  input: Int16Array,
  ratio: number,
  pieces: readonly number[],
): Int16Array {
  const output = new Int16Array(input.length * ratio);
  for (let offset = 0, piece = 0; offset < input.length; piece += 1) {
    const length = Math.min(pieces[piece % pieces.length] ?? 1, input.length - offset);
    resampler.process(input.subarray(offset, offset + length), output.subarray(offset * ratio));
    offset += length;
  }
  return output;
}

const REFERENCE_DBFS = 20 * Math.log10(16_000 / 32_767);

describe('from 16 to 8 kHz', () => {
  it.each([100, 440, 1000, 2000, 3000, 3300])('leaves %i Hz as they are', (frequencyHz) => {
    const output = inPieces(new Downsampler(), sine(frequencyHz, 16_000, 6400), 0.5, [320]);
    const { levelDbfs, snrDb } = measureTone(output.subarray(200), frequencyHz, 8000);
    expect(Math.abs(levelDbfs - REFERENCE_DBFS)).toBeLessThan(0.2);
    expect(snrDb).toBeGreaterThan(45);
  });

  it.each([4700, 5000, 6000, 7500])('takes %i Hz away instead of folding them down', (frequencyHz) => {
    const output = inPieces(new Downsampler(), sine(frequencyHz, 16_000, 6400), 0.5, [320]);
    expect(measureTone(output.subarray(200), 8000 - frequencyHz, 8000).levelDbfs).toBeLessThan(REFERENCE_DBFS - 45);
  });

  it('gives the same whatever the pieces', () => {
    const input = sine(440, 16_000, 3200);
    const pieces = inPieces(new Downsampler(), input, 0.5, [2, 320, 46, 960, 8]);
    expect(pieces).toEqual(inPieces(new Downsampler(), input, 0.5, [3200]));
  });
});

describe('from 8 to 16 kHz', () => {
  it.each([100, 440, 1000, 2000, 3000, 3300])('leaves %i Hz as they are, without a mirror image', (frequencyHz) => {
    const output = inPieces(new Upsampler(), sine(frequencyHz, 8000, 3200), 2, [160]).subarray(400);
    const { levelDbfs, snrDb } = measureTone(output, frequencyHz);
    expect(Math.abs(levelDbfs - REFERENCE_DBFS)).toBeLessThan(0.2);
    expect(snrDb).toBeGreaterThan(40);
    expect(measureTone(output, 8000 - frequencyHz).levelDbfs).toBeLessThan(REFERENCE_DBFS - 45);
  });

  it('gives the same whatever the pieces', () => {
    const input = sine(440, 8000, 1600);
    const pieces = inPieces(new Upsampler(), input, 2, [1, 160, 23, 480, 8]);
    expect(pieces).toEqual(inPieces(new Upsampler(), input, 2, [1600]));
  });
});
