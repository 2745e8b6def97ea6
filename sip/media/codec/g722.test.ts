import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeWav } from '../wav.ts';
import { G722Decoder, G722Encoder } from './g722.ts';

/** How they were made: the README beside them. */
const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../../test/fixtures/g722', name));
const speech = decodeWav(fixture('speech.wav'));
const referenceStream = new Uint8Array(fixture('speech.g722'));
const referenceDecoded = decodeWav(fixture('speech-decoded.wav'));

function decode(stream: Uint8Array): Int16Array {
  const samples = new Int16Array(2 * stream.length);
  new G722Decoder().decode(stream, samples);
  return samples;
}

it('decodes the reference stream to the very samples that ffmpeg does', () => {
  expect(decode(referenceStream)).toEqual(Int16Array.from(referenceDecoded));
});

it('encodes speech, a sweep and noise byte for byte as ffmpeg does', () => {
  expect(new G722Encoder().encode(speech)).toEqual(referenceStream);
});

it('reads any bytes, and the same ones the same way however they are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (stream, cut) => {
      const whole = decode(stream);
      const decoder = new G722Decoder();
      const parts = new Int16Array(whole.length);
      decoder.decode(stream.subarray(0, cut), parts);
      decoder.decode(stream.subarray(cut), parts.subarray(2 * Math.min(cut, stream.length)));
      expect(parts).toEqual(whole);
    }),
  );
});
