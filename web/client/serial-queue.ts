/** Runs tasks one after another, in order; a task that fails does not stop those behind it. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** @returns the task's own result or error */
  run<Result>(task: () => Promise<Result> | Result): Promise<Result> {
    const result = this.#tail.then(task);
    // The caller gets the error; the queue only waits for the end.
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
