import { expect, test } from 'vitest';
import { createAudioDecoder, createAudioEncoder, FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../codec/audio-codec.ts';
import { libopus } from '../codec/libopus.ts';
import { ToneKeys } from './tone-keys.ts';

const KEYS = '123456789*0#';
const LOW_HZ = [697, 770, 852, 941];
const HIGH_HZ = [1209, 1336, 1477];

interface Tone {
  readonly frequencyHz: number;
  readonly levelDbfs: number;
}

/** The tones of a key. @param detune by how much they are off, 0.015 being one and a half per cent */
function keyTones(key: string, { levelDbfs = -12, twistDb = 0, detune = 0 } = {}): readonly Tone[] {
  const index = KEYS.indexOf(key);
  const [low = 0, high = 0] = [LOW_HZ[Math.floor(index / 3)], HIGH_HZ[index % 3]];
  return [
    { frequencyHz: low * (1 + detune), levelDbfs },
    { frequencyHz: high * (1 + detune), levelDbfs: levelDbfs + twistDb },
  ];
}

/** A phone's line: tones and silences one after the other. */
class Line {
  readonly #samples: number[] = [];

  say(durationMs: number, partials: readonly Tone[] = []): this {
    const length = Math.round((durationMs * SAMPLE_RATE_HZ) / 1000);
    for (let index = 0; index < length; index++) {
      let sum = 0;
      for (const { frequencyHz, levelDbfs } of partials) {
        sum += 32_767 * 10 ** (levelDbfs / 20) * Math.sin((2 * Math.PI * frequencyHz * index) / SAMPLE_RATE_HZ);
      }
      this.#samples.push(Math.round(sum));
    }
    return this;
  }

  /** What is understood of it. @param change of each frame on its way */
  keys(change: (frame: Int16Array, index: number) => void = () => undefined): string {
    const hearing = new ToneKeys();
    let keys = '';
    for (let start = 0; start + FRAME_SAMPLES <= this.#samples.length; start += FRAME_SAMPLES) {
      const frame = Int16Array.from(this.#samples.slice(start, start + FRAME_SAMPLES));
      change(frame, start / FRAME_SAMPLES);
      keys += hearing.hear(frame) ?? '';
    }
    return keys;
  }
}

let seed = 42;
const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

test.each([
  ['as phones send them', {}],
  ['faint', { levelDbfs: -30 }],
  ['loud', { levelDbfs: -6.5 }],
  ['with the high tone 6 dB up', { twistDb: 6 }],
  ['with the high tone 6 dB down', { twistDb: -6 }],
  ['1.5 % off', { detune: 0.015 }],
  ['-1.5 % off', { detune: -0.015 }],
])('every key is heard once, %s, whenever it begins', (_, how) => {
  for (const offsetMs of [0, 7, 13]) {
    const line = new Line().say(40 + offsetMs);
    for (const key of KEYS) line.say(80, keyTones(key, how)).say(80);
    expect(line.keys()).toBe(KEYS);
  }
});

test('the same key is heard as often as it is pressed', () => {
  for (const offsetMs of [0, 4, 9, 14, 18]) {
    const line = new Line().say(offsetMs);
    for (let press = 0; press < 10; press++) line.say(80, keyTones('5')).say(65);
    expect(line.keys()).toBe('5555555555');
  }
});

test.each(['PCMU', 'PCMA', 'G722'] as const)('in %s, with noise, every key is heard', async (codec) => {
  const encoder = await createAudioEncoder(codec, libopus);
  const decoder = await createAudioDecoder(codec, libopus);
  const line = new Line().say(33);
  for (const key of KEYS) line.say(80, keyTones(key)).say(80);
  const noisy = line.keys((frame) => {
    const coded = Int16Array.from(frame, (sample) => sample + Math.round((random() - 0.5) * 800));
    frame.set(decoder.decode(encoder.encode(coded)));
  });
  expect(noisy).toBe(KEYS);
});

test('a frame lost within a press does not make two of it', () => {
  const line = new Line().say(40).say(160, keyTones('7')).say(80);
  expect(line.keys((frame, index) => index === 5 && frame.fill(0))).toBe('7');
});

test.each([
  ['one tone alone', [{ frequencyHz: 697, levelDbfs: -10 }]],
  [
    'two of one group',
    [
      { frequencyHz: 697, levelDbfs: -10 },
      { frequencyHz: 941, levelDbfs: -10 },
    ],
  ],
  ['tones that are 4 % off', keyTones('5', { detune: 0.04 })],
  [
    'what is on no telephone',
    [
      { frequencyHz: 697, levelDbfs: -12 },
      { frequencyHz: 1633, levelDbfs: -12 },
    ],
  ],
  ['a dial tone', [{ frequencyHz: 425, levelDbfs: -10 }]],
  ['a tone of 440 Hz and its harmonics', [1, 2, 3, 4].map((n) => ({ frequencyHz: 440 * n, levelDbfs: -10 - 3 * n }))],
  ['one much weaker than the other', keyTones('5', { twistDb: -14 })],
  ['what is hardly there', keyTones('5', { levelDbfs: -45 })],
])('%s is no key', (_, partials) => {
  expect(new Line().say(500, partials).keys()).toBe('');
});

/** What is understood of so many frames. */
function heardIn(frames: number, fill: (frame: Int16Array, index: number) => void): string {
  const hearing = new ToneKeys();
  const frame = new Int16Array(FRAME_SAMPLES);
  let keys = '';
  for (let index = 0; index < frames; index++) {
    fill(frame, index);
    keys += hearing.hear(frame) ?? '';
  }
  return keys;
}

test('noise is no key', () => {
  expect(
    heardIn(250, (frame) => {
      for (let index = 0; index < frame.length; index++) frame[index] = (random() - 0.5) * 40_000;
    }),
  ).toBe('');
});

test('voices that glide over the tones are no keys', () => {
  // Vowels: a pitch that wanders from 90 to 300 Hz, with harmonics under two formants and breath.
  let phase = 0;
  const keys = heardIn(1_000, (frame, index) => {
    const seconds = index / 50;
    const pitchHz = 195 + 105 * Math.sin(2.1 * seconds) * Math.cos(0.7 * seconds);
    const formantsHz = [700 + 250 * Math.sin(3.3 * seconds), 1350 + 300 * Math.sin(1.9 * seconds)];
    const harmonics = Array.from({ length: Math.floor(3_400 / pitchHz) }, (_, at) => {
      const near = formantsHz.map((formantHz) => 1 / (1 + (((at + 1) * pitchHz - formantHz) / 90) ** 2));
      return 6_000 * Math.max(...near, 0.02);
    });
    for (let sample = 0; sample < frame.length; sample++) {
      phase += (2 * Math.PI * pitchHz) / SAMPLE_RATE_HZ;
      let sum = 2_500 * (random() - 0.5);
      for (const [at, amplitude] of harmonics.entries()) sum += amplitude * Math.sin((at + 1) * phase);
      frame[sample] = Math.round(sum);
    }
  });
  expect(keys).toBe('');
});

test('a key over a voice that is 15 dB below it is heard', () => {
  const line = new Line()
    .say(40)
    .say(100, [...keyTones('9'), { frequencyHz: 300, levelDbfs: -27 }])
    .say(60);
  expect(line.keys()).toBe('9');
});
