import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureTone } from '../../../test/support/audio/goertzel.ts';
import { DecodeError } from '../decode-error.ts';
import { decodeWav } from '../wav.ts';
import { clockRateOf, createAudioDecoder, createAudioEncoder, FRAME_SAMPLES, payloadUnits } from './audio-codec.ts';
import { libopus } from './libopus.ts';
import { opusUnits } from './opus-packet.ts';

/** Whence: the README beside it. */
const speech = decodeWav(readFileSync(join(import.meta.dirname, '../../../test/fixtures/g722/speech.wav')));

const CODECS = ['opus', 'PCMU', 'PCMA', 'G722'] as const;

function frame(index: number, frequencyHz = 440): Int16Array {
  return Int16Array.from({ length: FRAME_SAMPLES }, (_, sample) => {
    return 8000 * Math.sin((2 * Math.PI * frequencyHz * (index * FRAME_SAMPLES + sample)) / 16_000);
  });
}

const peak = (samples: Int16Array): number => Math.max(...samples.map(Math.abs));

describe.each(CODECS)('%s', (codec) => {
  it('makes 20 ms of every frame, and the tone of it again', async () => {
    const [encoder, decoder] = [await createAudioEncoder(codec, libopus), await createAudioDecoder(codec, libopus)];
    const decoded: number[] = [];
    for (let index = 0; index < 50; index += 1) {
      const payload = encoder.encode(frame(index));
      expect(payloadUnits(codec, payload)).toBe(clockRateOf(codec) / 50);
      const samples = decoder.decode(payload);
      expect(samples).toHaveLength(FRAME_SAMPLES);
      decoded.push(...samples);
    }
    const { levelDbfs, snrDb } = measureTone(Int16Array.from(decoded.slice(3200)), 440);
    expect(Math.abs(levelDbfs - 20 * Math.log10(8000 / 32_767))).toBeLessThan(1);
    expect(snrDb).toBeGreaterThan(codec === 'opus' ? 15 : 30);
    encoder.free();
    decoder.free();
  });

  it('refuses or reads any payload, and goes on', async () => {
    const decoder = await createAudioDecoder(codec, libopus);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), fc.boolean(), (payload, isLost) => {
        try {
          const units = payloadUnits(codec, payload);
          const samples = decoder.decode(payload);
          expect(samples).toHaveLength((units * 16_000) / clockRateOf(codec));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
        if (isLost) expect(decoder.conceal(100, payload)).toHaveLength(100);
      }),
    );
    decoder.free();
  });

  it('fills a hole of one frame with sound, and one of 200 ms with silence in the end', async () => {
    const [encoder, decoder] = [await createAudioEncoder(codec, libopus), await createAudioDecoder(codec, libopus)];
    for (let index = 0; index < 20; index += 1) decoder.decode(encoder.encode(frame(index)));
    expect(peak(decoder.conceal(FRAME_SAMPLES, undefined))).toBeGreaterThan(4000);
    for (let index = 0; index < 9; index += 1) decoder.conceal(FRAME_SAMPLES, undefined);
    expect(peak(decoder.conceal(FRAME_SAMPLES, undefined))).toBeLessThan(codec === 'opus' ? 3000 : 1);
    encoder.free();
    decoder.free();
  });
});

it('Opus repeats a lost frame from the packet behind it', async () => {
  const encoder = await createAudioEncoder('opus', libopus);
  const frames = Array.from({ length: 50 }, (_, index) =>
    speech.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES),
  );
  const packets = frames.map((samples) => encoder.encode(samples));
  const [withNext, alone] = [await lossErrorDb(packets, true), await lossErrorDb(packets, false)];
  expect(withNext).toBeLessThan(alone - 3);
});

/** How far what stands in for every fourth frame is from what was there, against the level of that. */
async function lossErrorDb(packets: readonly Uint8Array[], hasNext: boolean): Promise<number> {
  const [lossy, whole] = [await createAudioDecoder('opus', libopus), await createAudioDecoder('opus', libopus)];
  let error = 0;
  let energy = 0;
  for (const [index, packet] of packets.entries()) {
    const original = whole.decode(packet);
    const isLost = index % 4 === 3;
    const heard = isLost
      ? lossy.conceal(FRAME_SAMPLES, hasNext ? packets[index + 1] : undefined)
      : lossy.decode(packet);
    if (!isLost) continue;
    for (const [sample, value] of original.entries()) {
      error += (value - (heard[sample] ?? 0)) ** 2;
      energy += value ** 2;
    }
  }
  lossy.free();
  whole.free();
  return 10 * Math.log10(error / energy);
}

it('reads from an Opus packet how long it is', () => {
  // RFC 6716 table 2: configurations 3 (SILK, 60 ms), 12 (hybrid, 10 ms), 16 (CELT, 2.5 ms), 31 (CELT, 20 ms).
  expect([3, 12, 16, 31].map((configuration) => opusUnits(Uint8Array.of(configuration << 3)))).toEqual([
    2880, 480, 120, 960,
  ]);
  expect(opusUnits(Uint8Array.of((31 << 3) | 1))).toBe(1920);
  expect(opusUnits(Uint8Array.of((31 << 3) | 3, 5))).toBe(4800);
  expect(() => opusUnits(Uint8Array.of())).toThrow(DecodeError);
  expect(() => opusUnits(Uint8Array.of((31 << 3) | 3, 0))).toThrow(DecodeError);
  expect(() => opusUnits(Uint8Array.of((31 << 3) | 3, 7))).toThrow(DecodeError);
});
