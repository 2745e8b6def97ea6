/** Runs tasks one after the other, in the order in which they came, and refuses more than may wait. */
export class SerialTasks {
  readonly #limit: number;
  readonly #onError: (error: unknown) => void;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  /** @param onError gets what a task throws; the next one runs nevertheless. */
  constructor(limit: number, onError: (error: unknown) => void) {
    this.#limit = limit;
    this.#onError = onError;
  }

  /** @returns false when too many wait already; the task is then not run. */
  add(task: () => Promise<void>): boolean {
    if (this.#waiting >= this.#limit) return false;
    this.#waiting += 1;
    this.#last = this.#last.then(task).catch(this.#onError);
    void this.#last.finally(() => (this.#waiting -= 1));
    return true;
  }
}
