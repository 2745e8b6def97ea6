// Between 8 and 16 kHz with a half-band filter: of its 47 taps every second one is zero but the middle one, so that twelve
// multiplications make a sample. It passes up to 3.4 kHz and is 50 dB down from 4.6 kHz on.

const TAPS = 47;
const CENTRE = (TAPS - 1) / 2;
/** Of the Kaiser window: 50 dB. */
const KAISER_BETA = 4.55;

/** The taps at the distances 1, 3, 5 … from the middle; the middle one is a half. */
const SIDE_TAPS = designSideTaps();
const SIDES = SIDE_TAPS.length;

function designSideTaps(): Float64Array {
  const taps = Float64Array.from({ length: (CENTRE + 1) / 2 }, (_, index) => {
    const distance = 2 * index + 1;
    const sinc = Math.sin((Math.PI * distance) / 2) / (Math.PI * distance);
    return sinc * kaiser(distance / (CENTRE + 1));
  });
  // Constant levels must pass as they are: both sides together are the other half.
  const sum = 2 * taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => (tap * 0.5) / sum);
}

/** @param position 0 in the middle, 1 at the edge */
function kaiser(position: number): number {
  return bessel(KAISER_BETA * Math.sqrt(1 - position * position)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind and order 0. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let index = 1; index < 30; index += 1) {
    term *= (x / (2 * index)) ** 2;
    sum += term;
  }
  return sum;
}

function toSample(value: number): number {
  const rounded = Math.round(value);
  return rounded > 32_767 ? 32_767 : rounded < -32_768 ? -32_768 : rounded;
}

/** From 16 to 8 kHz; 1.4 ms late. */
export class Downsampler {
  #line = new Float64Array(TAPS - 1);

  /** @param input an even number of samples @param output half as many */
  process(input: Int16Array, output: Int16Array): void {
    const history = TAPS - 1;
    const line = this.#lineFor(history + input.length);
    line.set(input, history);
    for (let index = 0; 2 * index < input.length; index += 1) {
      const centre = 2 * index + CENTRE;
      let sum = 0.5 * (line[centre] ?? 0);
      for (let side = 0; side < SIDES; side += 1) {
        const distance = 2 * side + 1;
        sum += (SIDE_TAPS[side] ?? 0) * ((line[centre - distance] ?? 0) + (line[centre + distance] ?? 0));
      }
      output[index] = toSample(sum);
    }
    line.copyWithin(0, input.length, input.length + history);
  }

  #lineFor(length: number): Float64Array {
    if (this.#line.length < length) {
      const longer = new Float64Array(length);
      longer.set(this.#line);
      this.#line = longer;
    }
    return this.#line;
  }
}

/** From 8 to 16 kHz; 1.4 ms late. */
export class Upsampler {
  #line = new Float64Array(2 * SIDES - 1);

  /** @param output twice as many samples */
  process(input: Int16Array, output: Int16Array): void {
    const history = 2 * SIDES - 1;
    const line = this.#lineFor(history + input.length);
    line.set(input, history);
    for (let index = 0; index < input.length; index += 1) {
      // The zeros put between the samples halve the level; twice every tap makes up for it.
      let between = 0;
      for (let side = 0; side < SIDES; side += 1) {
        const before = index + SIDES - 1 - side;
        between += (SIDE_TAPS[side] ?? 0) * ((line[before] ?? 0) + (line[before + 2 * side + 1] ?? 0));
      }
      output[2 * index] = toSample(line[index + SIDES - 1] ?? 0);
      output[2 * index + 1] = toSample(2 * between);
    }
    line.copyWithin(0, input.length, input.length + history);
  }

  #lineFor(length: number): Float64Array {
    if (this.#line.length < length) {
      const longer = new Float64Array(length);
      longer.set(this.#line);
      this.#line = longer;
    }
    return this.#line;
  }
}
