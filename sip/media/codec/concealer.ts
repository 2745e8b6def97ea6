// Sound in place of what was lost, for codecs that have none of their own (after ITU-T Rec. G.711 Appendix I): the last pitch
// period again and again, fading, and silence after 60 ms.

const SAMPLES_PER_MS = 16;
const MIN_PITCH = 2.5 * SAMPLES_PER_MS;
const MAX_PITCH = 15 * SAMPLES_PER_MS;
const WINDOW = 20 * SAMPLES_PER_MS;
const HISTORY = MAX_PITCH + WINDOW;
const FADE_FROM = 10 * SAMPLES_PER_MS;
const SILENT_FROM = 60 * SAMPLES_PER_MS;
/** Over which sound that returns is faded in. */
const OVERLAP = 4 * SAMPLES_PER_MS;

export class Concealer {
  readonly #history = new Int16Array(HISTORY);
  #pitch = 0;
  /** How much was concealed since sound was last heard. */
  #concealed = 0;

  /** Sound that did come; its beginning is blended with what stood in for the sound before it. */
  heard(samples: Int16Array): void {
    if (this.#concealed > 0) {
      const length = Math.min(OVERLAP, samples.length);
      for (let index = 0; index < length; index += 1) {
        const share = (index + 1) / (length + 1);
        samples[index] = Math.round(share * (samples[index] ?? 0) + (1 - share) * this.#at(this.#concealed + index));
      }
      this.#concealed = 0;
    }
    const history = this.#history;
    const kept = Math.max(0, HISTORY - samples.length);
    history.copyWithin(0, HISTORY - kept);
    history.set(samples.subarray(Math.max(0, samples.length - HISTORY)), kept);
  }

  conceal(samples: Int16Array): void {
    if (this.#concealed === 0) this.#pitch = this.#findPitch();
    for (let index = 0; index < samples.length; index += 1)
      samples[index] = Math.round(this.#at(this.#concealed + index));
    this.#concealed += samples.length;
  }

  #at(position: number): number {
    if (position >= SILENT_FROM) return 0;
    const gain = position < FADE_FROM ? 1 : (SILENT_FROM - position) / (SILENT_FROM - FADE_FROM);
    return gain * (this.#history[HISTORY - this.#pitch + (position % this.#pitch)] ?? 0);
  }

  /** The lag at which the last 20 ms look most like what was before them. */
  #findPitch(): number {
    const history = this.#history;
    let best = MAX_PITCH;
    let bestLikeness = 0;
    for (let lag = MIN_PITCH; lag <= MAX_PITCH; lag += 1) {
      let product = 0;
      let energy = 1;
      for (let index = HISTORY - WINDOW; index < HISTORY; index += 2) {
        const before = history[index - lag] ?? 0;
        product += (history[index] ?? 0) * before;
        energy += before * before;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness > bestLikeness) {
        best = lag;
        bestLikeness = likeness;
      }
    }
    return best;
  }
}
