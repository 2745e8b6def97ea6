import { log } from '../../client/log.ts';

/** What waits until it can be done, in the order of coming, and no more of it than fits. */
export class BoundedQueue {
  readonly #max: number;
  #waiting: (() => void)[] = [];
  #hasWarned = false;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns false if it is full */
  add(run: () => void): boolean {
    if (this.#waiting.length < this.#max) {
      this.#waiting.push(run);
      return true;
    }
    if (!this.#hasWarned) log.warn('the embedding page wants more than can wait here; the rest is dropped');
    this.#hasWarned = true;
    return false;
  }

  /** Does everything now. */
  run(): void {
    this.#hasWarned = false;
    for (const run of this.#waiting.splice(0)) run();
  }

  clear(): void {
    this.#waiting = [];
  }
}
