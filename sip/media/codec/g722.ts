import { G722Band, LOWER_BAND, saturate, UPPER_BAND } from './g722-band.ts';

// G.722 at 64 kbit/s (ITU-T Rec. G.722, mode 1): 16 kHz split into two halves by a quadrature mirror filter, six bits for the
// lower and two for the upper one, a byte for every two samples. On the wire its RTP clock is 8 kHz (RFC 3551 §4.5.2).

/** Table 11: half of the 24 symmetric taps of the mirror filter. */
const MIRROR_TAPS = Int16Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);
const HISTORY = 24;

/** Table 14 (Q6): the decision levels of the lower band, for a step of 4096; level 0 is never looked at. */
const LOWER_LEVELS = Int16Array.of(
  0,
  35,
  72,
  110,
  150,
  190,
  233,
  276,
  323,
  370,
  422,
  473,
  530,
  587,
  650,
  714,
  786,
  858,
  940,
  1023,
  1121,
  1219,
  1339,
  1458,
  1612,
  1765,
  1980,
  2195,
  2557,
  2919,
);
/** Table 17 (QM4 and RL4 with WL): value and weight of the four bits that the predictor sees. */
const LOWER_VALUES_4 = Int16Array.of(
  0,
  -20_456,
  -12_896,
  -8968,
  -6288,
  -4240,
  -2584,
  -1200,
  20_456,
  12_896,
  8968,
  6288,
  4240,
  2584,
  1200,
  0,
);
const LOWER_WEIGHTS = Int16Array.of(-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60);
/** Table 18 (QM6): the values of all six bits, which only the listener gets. */
const LOWER_VALUES_6 = Int16Array.of(
  -136,
  -136,
  -136,
  -136,
  -24_808,
  -21_904,
  -19_008,
  -16_704,
  -14_984,
  -13_512,
  -12_280,
  -11_192,
  -10_232,
  -9360,
  -8576,
  -7856,
  -7192,
  -6576,
  -6000,
  -5456,
  -4944,
  -4464,
  -4008,
  -3576,
  -3168,
  -2776,
  -2400,
  -2032,
  -1688,
  -1360,
  -1040,
  -728,
  24_808,
  21_904,
  19_008,
  16_704,
  14_984,
  13_512,
  12_280,
  11_192,
  10_232,
  9360,
  8576,
  7856,
  7192,
  6576,
  6000,
  5456,
  4944,
  4464,
  4008,
  3576,
  3168,
  2776,
  2400,
  2032,
  1688,
  1360,
  1040,
  728,
  432,
  136,
  -432,
  -136,
);
/** Table 19 (Q2, QM2, WH): the decision level, the values and the weights of the upper band. */
const UPPER_LEVEL = 564;
const UPPER_VALUES = Int16Array.of(-7408, -1616, 7408, 1616);
const UPPER_WEIGHTS = Int16Array.of(798, -214, 798, -214);

/** The lower band's code of a decision interval (tables 15 and 16): 1 is the innermost. */
function lowerCode(interval: number, isNegative: boolean): number {
  if (!isNegative) return 62 - interval;
  return interval <= 2 ? 64 - interval : 34 - interval;
}

/** The state of one stream; samples go in by pairs. */
export class G722Encoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #upper = new G722Band(UPPER_BAND);
  readonly #history = new Int32Array(HISTORY);

  /** @param samples 16 kHz, an even number of them */
  encode(samples: Int16Array): Uint8Array {
    const history = this.#history;
    const payload = new Uint8Array(samples.length >> 1);
    for (let index = 0; index < payload.length; index += 1) {
      history.copyWithin(0, 2);
      history[HISTORY - 2] = samples[2 * index] ?? 0;
      history[HISTORY - 1] = samples[2 * index + 1] ?? 0;
      let even = 0;
      let odd = 0;
      for (let tap = 0; tap < HISTORY / 2; tap += 1) {
        odd += (history[2 * tap] ?? 0) * (MIRROR_TAPS[tap] ?? 0);
        even += (history[2 * tap + 1] ?? 0) * (MIRROR_TAPS[HISTORY / 2 - 1 - tap] ?? 0);
      }
      payload[index] = (this.#encodeUpper((even - odd) >> 14) << 6) | this.#encodeLower((even + odd) >> 14);
    }
    return payload;
  }

  #encodeLower(sample: number): number {
    const band = this.#lower;
    const difference = saturate(sample - band.predicted);
    const magnitude = difference < 0 ? -(difference + 1) : difference;
    let interval = 1;
    while (interval < 30 && magnitude >= ((LOWER_LEVELS[interval] ?? 0) * band.step) >> 12) interval += 1;
    const code = lowerCode(interval, difference < 0);
    takeLower(band, code >> 2);
    return code;
  }

  #encodeUpper(sample: number): number {
    const band = this.#upper;
    const difference = saturate(sample - band.predicted);
    const magnitude = difference < 0 ? -(difference + 1) : difference;
    const isOuter = magnitude >= (UPPER_LEVEL * band.step) >> 12;
    const code = difference < 0 ? (isOuter ? 0 : 1) : isOuter ? 2 : 3;
    takeUpper(band, code);
    return code;
  }
}

/** Any bytes are a valid stream. */
export class G722Decoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #upper = new G722Band(UPPER_BAND);
  readonly #history = new Int32Array(HISTORY);

  /** Two samples of 16 kHz per byte, into the beginning of `samples`. */
  decode(payload: Uint8Array, samples: Int16Array): void {
    const history = this.#history;
    for (let index = 0; index < payload.length; index += 1) {
      const code = payload[index] ?? 0;
      const low = this.#decodeLower(code & 0x3f);
      const high = this.#decodeUpper(code >> 6);
      history.copyWithin(0, 2);
      history[HISTORY - 2] = low + high;
      history[HISTORY - 1] = low - high;
      let first = 0;
      let second = 0;
      for (let tap = 0; tap < HISTORY / 2; tap += 1) {
        second += (history[2 * tap] ?? 0) * (MIRROR_TAPS[tap] ?? 0);
        first += (history[2 * tap + 1] ?? 0) * (MIRROR_TAPS[HISTORY / 2 - 1 - tap] ?? 0);
      }
      samples[2 * index] = saturate(first >> 11);
      samples[2 * index + 1] = saturate(second >> 11);
    }
  }

  #decodeLower(code: number): number {
    const band = this.#lower;
    const sample = band.predicted + (((LOWER_VALUES_6[code] ?? 0) * band.step) >> 15);
    takeLower(band, code >> 2);
    return limit(sample);
  }

  #decodeUpper(code: number): number {
    const band = this.#upper;
    const sample = band.predicted + (((UPPER_VALUES[code] ?? 0) * band.step) >> 15);
    takeUpper(band, code);
    return limit(sample);
  }
}

/** Blocks 5L and 5H: 15 bits. */
function limit(sample: number): number {
  return sample > 16_383 ? 16_383 : sample < -16_384 ? -16_384 : sample;
}

/** @param code the upper four of the six bits */
function takeLower(band: G722Band, code: number): void {
  const difference = ((LOWER_VALUES_4[code] ?? 0) * band.step) >> 15;
  band.adaptStep(LOWER_WEIGHTS[code] ?? 0);
  band.adaptPredictor(difference);
}

function takeUpper(band: G722Band, code: number): void {
  const difference = ((UPPER_VALUES[code] ?? 0) * band.step) >> 15;
  band.adaptStep(UPPER_WEIGHTS[code] ?? 0);
  band.adaptPredictor(difference);
}
