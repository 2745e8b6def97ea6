/** What a scripted participant of a test has received and not yet looked at. */
export class Inbox<Item> {
  readonly #owner: string;
  readonly #show: (item: Item) => string;
  readonly #items: Item[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(owner: string, show: (item: Item) => string) {
    this.#owner = owner;
    this.#show = show;
  }

  add(item: Item): void {
    this.#items.push(item);
    for (const wake of this.#waiting) wake();
  }

  /** Takes everything that is there. */
  takeAll(): Item[] {
    return this.#items.splice(0);
  }

  /**
   * Takes the first item that matches, waiting for it if need be.
   * @throws Error that says what is missing and what came instead.
   */
  async take(what: string, matches: (item: Item) => boolean, timeoutMs = 5_000): Promise<Item> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const index = this.#items.findIndex((item) => matches(item));
      const [found] = index === -1 ? [] : this.#items.splice(index, 1);
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const instead = this.#items.map((item) => `  ${this.#show(item)}`).join('\n') || '  nothing';
        throw new Error(`${this.#owner} did not receive ${what} within ${timeoutMs} ms, but:\n${instead}`);
      }
      await this.#nextItem(leftMs);
    }
  }

  #nextItem(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }
}
