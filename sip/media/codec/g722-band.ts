// What both halves of the band have in common in G.722 (ITU-T Rec. G.722 §3, §6.2): the adaptive predictor of two poles and
// six zeros (block 4L/4H) and the logarithmic adaptation of the quantiser's step (block 3L/3H). Whole numbers of 16 bits,
// as in the recommendation's own operations, so that every decoder in the world holds the same state.

const ZEROS = 6;

/** Table 10 (ILB): 2048 · 2^(i/32). */
const LOG_TO_LINEAR = Int16Array.of(
  2048,
  2093,
  2139,
  2186,
  2233,
  2282,
  2332,
  2383,
  2435,
  2489,
  2543,
  2599,
  2656,
  2714,
  2774,
  2834,
  2896,
  2960,
  3025,
  3091,
  3158,
  3228,
  3298,
  3371,
  3444,
  3520,
  3597,
  3676,
  3756,
  3838,
  3922,
  4008,
);

export function saturate(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}

export interface BandShape {
  /** The step the quantiser begins with. */
  readonly firstStep: number;
  /** The largest logarithm of the step. */
  readonly logLimit: number;
  /** How far the logarithm is shifted on its way to the step: 8 in the lower band, 10 in the upper one. */
  readonly logShift: number;
}

export class G722Band {
  /** What the predictor expects of the next sample (S). */
  predicted = 0;
  /** The quantiser's step (DET). */
  step: number;
  readonly #shape: BandShape;
  #logStep = 0;
  #zeroPart = 0;
  #pole1 = 0;
  #pole2 = 0;
  #reconstructed1 = 0;
  #partial1 = 0;
  #partial2 = 0;
  readonly #zeros = new Int32Array(ZEROS);
  /** The newest first. */
  readonly #differences = new Int32Array(ZEROS);

  constructor(shape: BandShape) {
    this.#shape = shape;
    this.step = shape.firstStep;
  }

  /** LOGSCL and SCALEL, or LOGSCH and SCALEH. @param weight of the code that was just taken */
  adaptStep(weight: number): void {
    const { logLimit, logShift } = this.#shape;
    const log = ((this.#logStep * 127) >> 7) + weight;
    this.#logStep = log < 0 ? 0 : log > logLimit ? logLimit : log;
    const mantissa = LOG_TO_LINEAR[(this.#logStep >> 6) & 31] ?? 0;
    const shift = logShift - (this.#logStep >> 11);
    this.step = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
  }

  /** Takes the quantised difference and predicts the sample after it. */
  adaptPredictor(difference: number): void {
    const reconstructed = saturate(this.predicted + difference);
    const partial = saturate(this.#zeroPart + difference);
    this.#adaptPoles(partial);
    this.#adaptZeros(difference);
    const polePart = saturate(
      ((this.#pole1 * saturate(2 * reconstructed)) >> 15) + ((this.#pole2 * saturate(2 * this.#reconstructed1)) >> 15),
    );
    this.#reconstructed1 = reconstructed;
    this.#partial2 = this.#partial1;
    this.#partial1 = partial;
    this.predicted = saturate(polePart + this.#zeroPart);
  }

  /** UPPOL2 and UPPOL1: by the signs of the partially reconstructed signal alone. */
  #adaptPoles(partial: number): void {
    const isLikeLast = partial < 0 === this.#partial1 < 0;
    const isLikeSecondLast = partial < 0 === this.#partial2 < 0;
    const turned = saturate(this.#pole1 << 2);
    let pole2 = (isLikeLast ? -turned : turned) > 32_767 ? 32_767 >> 7 : (isLikeLast ? -turned : turned) >> 7;
    pole2 += (isLikeSecondLast ? 128 : -128) + ((this.#pole2 * 32_512) >> 15);
    this.#pole2 = pole2 > 12_288 ? 12_288 : pole2 < -12_288 ? -12_288 : pole2;
    const pole1 = saturate((isLikeLast ? 192 : -192) + ((this.#pole1 * 32_640) >> 15));
    const limit = saturate(15_360 - this.#pole2);
    this.#pole1 = pole1 > limit ? limit : pole1 < -limit ? -limit : pole1;
  }

  /** UPZERO, then DELAYA and FILTEZ with the coefficients just made. */
  #adaptZeros(difference: number): void {
    const zeros = this.#zeros;
    const differences = this.#differences;
    const gain = difference === 0 ? 0 : 128;
    const isNegative = difference < 0;
    for (let tap = 0; tap < ZEROS; tap += 1) {
      const isLike = (differences[tap] ?? 0) < 0 === isNegative;
      zeros[tap] = saturate((isLike ? gain : -gain) + (((zeros[tap] ?? 0) * 32_640) >> 15));
    }
    differences.copyWithin(1, 0, ZEROS - 1);
    differences[0] = difference;
    let sum = 0;
    for (let tap = ZEROS - 1; tap >= 0; tap -= 1) {
      sum += ((zeros[tap] ?? 0) * saturate(2 * (differences[tap] ?? 0))) >> 15;
    }
    this.#zeroPart = saturate(sum);
  }
}

export const LOWER_BAND: BandShape = { firstStep: 32, logLimit: 18_432, logShift: 8 };
export const UPPER_BAND: BandShape = { firstStep: 8, logLimit: 22_528, logShift: 10 };
