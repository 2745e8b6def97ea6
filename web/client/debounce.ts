/** Runs at once when quiet for a while, and again at the end of a burst with whatever is current then. */
export class Debounce {
  readonly #task: () => void;
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWaiting = false;

  constructor(intervalMs: number, task: () => void) {
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  trigger(): void {
    if (this.#timer !== undefined) {
      this.#isWaiting = true;
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#isWaiting) return;
      this.#isWaiting = false;
      this.trigger();
    }, this.#intervalMs);
    this.#task();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isWaiting = false;
  }
}
