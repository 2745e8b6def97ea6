/** Endpoints by how recently they were the dominant speaker, the latest first. */
export class RecentSpeakers {
  #order: string[] = [];

  get order(): readonly string[] {
    return this.#order;
  }

  get dominant(): string | undefined {
    return this.#order[0];
  }

  /** @returns whether this is news. */
  spoke(endpoint: string): boolean {
    if (this.dominant === endpoint) return false;
    this.#order = [endpoint, ...this.#order.filter((other) => other !== endpoint)];
    return true;
  }

  remove(endpoint: string): void {
    this.#order = this.#order.filter((other) => other !== endpoint);
  }
}
