/** Messages whose authors are remembered; who scrolls further back retracts nothing. */
const MAX_MESSAGES = 2_000;

/** Who wrote which of a room's last messages, to tell whose word counts about them. */
export class MessageAuthors {
  readonly #authors = new Map<string, string>();

  /** @param author occupant address. */
  note(id: string, author: string): void {
    this.#authors.set(id, author);
    if (this.#authors.size <= MAX_MESSAGES) return;
    for (const oldest of this.#authors.keys()) {
      this.#authors.delete(oldest);
      return;
    }
  }

  of(id: string): string | undefined {
    return this.#authors.get(id);
  }
}
