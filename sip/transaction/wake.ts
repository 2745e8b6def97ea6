/** One timer that is moved to where a state machine wants to be woken. It dies with its owner. */
export class Wake {
  readonly #now: () => number;
  readonly #onTime: () => void;
  #timer: NodeJS.Timeout | undefined;
  #atMs: number | undefined;

  constructor(now: () => number, onTime: () => void) {
    this.#now = now;
    this.#onTime = onTime;
  }

  /** Undefined: not woken any more. */
  at(atMs: number | undefined): void {
    if (atMs === this.#atMs) return;
    clearTimeout(this.#timer);
    this.#atMs = atMs;
    if (atMs === undefined) return;
    // A fraction early, and the machine would find that its time has not come.
    this.#timer = setTimeout(
      () => {
        this.#atMs = undefined;
        this.#onTime();
      },
      Math.max(0, Math.ceil(atMs - this.#now())),
    );
  }
}
