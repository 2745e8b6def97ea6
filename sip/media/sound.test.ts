import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureTone } from '../../test/support/audio/goertzel.ts';
import { createAudioDecoder, createAudioEncoder, FRAME_SAMPLES } from './codec/audio-codec.ts';
import { libopus } from './codec/libopus.ts';
import { DecodeError } from './decode-error.ts';
import { PromptPlayer } from './player.ts';
import { PlayoutStream } from './playout.ts';
import { tone } from './tone.ts';
import { decodeWav } from './wav.ts';

describe('a WAV file', () => {
  const file = readFileSync(join(import.meta.dirname, '../../test/fixtures/g722/speech.wav'));

  it('gives its samples, in memory that threads share', () => {
    const samples = decodeWav(file);
    expect(samples).toHaveLength(28_000);
    expect(samples.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(samples[12_345]).toBe(file.readInt16LE(44 + 2 * 12_345));
  });

  it('is refused with what it is instead of what it must be', () => {
    const stereo = Buffer.from(file);
    stereo.writeUInt16LE(2, 22);
    stereo.writeUInt32LE(44_100, 24);
    expect(() => decodeWav(stereo)).toThrow(
      'the WAV file has 44100 Hz, 2 channel(s), 16 bit; it must have 16000 Hz, 1 channel, 16 bit PCM',
    );
    expect(() => decodeWav(file.subarray(0, 1000))).toThrow('cut off in its chunk "data"');
    expect(() => decodeWav(Buffer.from('ID3'))).toThrow('not a WAV file');
  });

  it('is refused or read, whatever the bytes', () => {
    const changes = fc.array(fc.record({ at: fc.nat(60), byte: fc.nat(255) }));
    fc.assert(
      fc.property(changes, fc.nat(200), (changes, length) => {
        const bytes = Buffer.from(file.subarray(0, length));
        for (const { at, byte } of changes) if (at < length) bytes[at] = byte;
        try {
          decodeWav(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});

describe('a tone', () => {
  it('has the level and length it should, and pauses are silent', () => {
    const samples = tone([
      { frequencyHz: 440, durationMs: 200, levelDbfs: -6 },
      { frequencyHz: 0, durationMs: 100 },
      { frequencyHz: 1000, durationMs: 200 },
    ]);
    expect(samples).toHaveLength(8000);
    expect(Math.abs(measureTone(samples.subarray(160, 3040), 440).levelDbfs + 6)).toBeLessThan(0.1);
    expect(samples.subarray(3200, 4800).every((sample) => sample === 0)).toBe(true);
    expect(Math.abs(measureTone(samples.subarray(4960, 7840), 1000).levelDbfs + 20)).toBeLessThan(0.1);
  });

  it('begins and ends without a click', () => {
    const samples = tone([{ frequencyHz: 440, durationMs: 50, levelDbfs: 0 }]);
    expect(Math.abs(samples[0] ?? 0)).toBeLessThan(1000);
    expect(Math.abs(samples.at(-1) ?? 0)).toBeLessThan(1000);
  });
});

describe('prompts', () => {
  const constant = (value: number, length: number) => new Int16Array(length).fill(value);

  it('follow each other without a gap, over the room turned down, which comes back', () => {
    const finished: [number, string][] = [];
    const player = new PromptPlayer((id, outcome) => finished.push([id, outcome]));
    player.play(1, constant(100, 400));
    player.play(2, constant(200, 100));
    const frames = [0, 1, 2, 3].map(() => {
      const sum = new Int32Array(FRAME_SAMPLES).fill(8000);
      player.mixOver(sum);
      return sum;
    });
    expect(frames[0]?.[319]).toBe(2000 + 100);
    expect(frames[1]?.[79]).toBe(2000 + 100);
    expect(frames[1]?.[80]).toBe(2000 + 200);
    expect(frames[1]?.[180]).toBe(2000);
    expect(frames[2]?.[319]).toBe(8000);
    expect(frames[3]?.every((sample) => sample === 8000)).toBe(true);
    expect(finished).toEqual([
      [1, 'ended'],
      [2, 'ended'],
    ]);
  });

  it('stop all at once', () => {
    const finished: [number, string][] = [];
    const player = new PromptPlayer((id, outcome) => finished.push([id, outcome]));
    player.play(1, constant(100, 400));
    player.play(2, constant(100, 400));
    player.stop();
    const sum = new Int32Array(FRAME_SAMPLES);
    player.mixOver(sum);
    expect(sum.every((sample) => sample === 0)).toBe(true);
    expect(finished).toEqual([
      [1, 'stopped'],
      [2, 'stopped'],
    ]);
  });
});

describe('a received stream', () => {
  /** A tone sent in packets of so many milliseconds, some of which do not come. */
  async function played(packetMs: number, isLost: (index: number) => boolean): Promise<Int16Array> {
    const encoder = await createAudioEncoder('PCMU', libopus);
    const all = new Uint8Array(24_000);
    for (let index = 0; index < 150; index += 1) {
      const frame = Int16Array.from({ length: FRAME_SAMPLES }, (_, sample) => {
        return 8000 * Math.sin((2 * Math.PI * 440 * (index * FRAME_SAMPLES + sample)) / 16_000);
      });
      all.set(encoder.encode(frame), 160 * index);
    }
    const stream = new PlayoutStream(await createAudioDecoder('PCMU', libopus), 8000);
    const units = 8 * packetMs;
    const heard = new Int16Array(140 * FRAME_SAMPLES);
    let next = 0;
    for (let tick = 0; tick < 140; tick += 1) {
      for (; next * packetMs <= tick * 20; next += 1) {
        const payload = all.subarray(next * units, (next + 1) * units);
        const packet = { sequenceNumber: next, timestamp: next * units, payload, units };
        if (!isLost(next)) stream.put(packet, next * packetMs);
      }
      stream.read(heard.subarray(tick * FRAME_SAMPLES, (tick + 1) * FRAME_SAMPLES), tick * 20 + 3);
    }
    return heard;
  }

  it.each([10, 20, 30, 40, 60])('of packets of %i ms is played as one piece', async (packetMs) => {
    const heard = (await played(packetMs, () => false)).subarray(20 * FRAME_SAMPLES);
    expect(measureTone(heard, 440).snrDb).toBeGreaterThan(30);
  });

  it('has no gap of more than 60 ms when one packet of twenty is lost at random', async () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const lost = new Set(Array.from({ length: 150 }, (_, index) => index).filter(() => random() < 0.05));
    expect(lost.size).toBeGreaterThan(4);
    const heard = (await played(20, (index) => lost.has(index))).subarray(20 * FRAME_SAMPLES);
    let silent = 0;
    let longest = 0;
    for (const sample of heard) {
      silent = Math.abs(sample) < 50 ? silent + 1 : 0;
      longest = Math.max(longest, silent);
    }
    expect(longest / 16).toBeLessThan(60);
    // The pitch goes on where a frame was lost: most of what is heard is still the tone.
    expect(measureTone(heard, 440).snrDb).toBeGreaterThan(10);
  });

  it('makes no click louder than -40 dB where it is concealed', async () => {
    const heard = (await played(20, (index) => index % 25 === 20)).subarray(20 * FRAME_SAMPLES);
    const steepest = (2 * Math.PI * 440 * 8000) / 16_000;
    const jump = Math.max(...heard.slice(1).map((sample, index) => Math.abs(sample - (heard[index] ?? 0))));
    expect(jump - steepest).toBeLessThan(328);
  });
});
