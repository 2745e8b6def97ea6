/** What speech should have on average, -dBov: the nominal level of ITU-T Rec. P.56's active speech in the network. */
const WANTED_LEVEL = 26;
/** Never more: behind a telephone that is quieter still is only noise. */
const MAX_GAIN_DB = 12;
/** Softer than this is background, -dBov. */
const SPEECH_LEVEL = 50;
/** How much of the average a frame of 20 ms is: three seconds of speech. */
const SHARE = 1 / 150;
/** Frames of speech before anything is changed, and between two steps. */
const FIRST_FRAMES = 50;
const STEP_FRAMES = 25;

/** Raises quiet telephones, slowly: a decibel at a time, by what their speech is below the usual level. Never turns down. */
export class AutomaticGain {
  #averageLevel: number | undefined;
  #frames = 0;
  #gainDb = 0;

  /**
   * @param level of a frame as it came, -dBov
   * @returns by how many whole decibels the next ones are to be raised
   */
  observe(level: number): number {
    if (level > SPEECH_LEVEL) return this.#gainDb;
    this.#averageLevel =
      this.#averageLevel === undefined ? level : this.#averageLevel + SHARE * (level - this.#averageLevel);
    this.#frames += 1;
    if (this.#frames < FIRST_FRAMES || this.#frames % STEP_FRAMES !== 0) return this.#gainDb;
    const wantedDb = Math.min(MAX_GAIN_DB, Math.max(0, this.#averageLevel - WANTED_LEVEL));
    if (wantedDb >= this.#gainDb + 1) this.#gainDb += 1;
    else if (wantedDb <= this.#gainDb - 1) this.#gainDb -= 1;
    return this.#gainDb;
  }
}
