/** The loudest a sample may be: 0.2 dB below full scale. */
const CEILING = 32_000;
/** 1 ms at 16 kHz: fast enough to catch a peak, slow enough not to click. */
const ATTACK_SAMPLES = 16;
/** Which share of the way back to full gain a frame goes. */
const RELEASE = 0.1;

/** Turns a sum of voices down where it would be clipped, and slowly up again. */
export class Limiter {
  #gain = 1;

  /** @param sum as long as `output` */
  process(sum: Int32Array, output: Int16Array): void {
    let peak = 0;
    for (const sample of sum) {
      const magnitude = sample < 0 ? -sample : sample;
      if (magnitude > peak) peak = magnitude;
    }
    const from = this.#gain;
    const released = from + (1 - from) * RELEASE;
    const to = peak * released > CEILING ? CEILING / peak : released > 0.999 ? 1 : released;
    this.#gain = to;
    if (from === 1 && to === 1) {
      output.set(sum);
      return;
    }
    const rampSamples = to < from ? ATTACK_SAMPLES : sum.length;
    for (let index = 0; index < sum.length; index += 1) {
      const gain = index < rampSamples ? from + ((to - from) * index) / rampSamples : to;
      const value = Math.round((sum[index] ?? 0) * gain);
      output[index] = value > CEILING ? CEILING : value < -CEILING ? -CEILING : value;
    }
  }
}
