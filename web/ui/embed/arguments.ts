/** Arguments of a command, which the embedding page may have got wrong. */
export class CommandArguments {
  readonly #values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    const [first] = values;
    // Jitsi's `executeCommands` sends all arguments as one.
    this.#values = values.length === 1 && Array.isArray(first) ? first : values;
  }

  value(index: number): unknown {
    return this.#values[index];
  }

  /** @returns undefined for what is no text, or too long a one */
  text(index: number, maxLength = 4_000): string | undefined {
    const value = this.#values[index];
    return typeof value === 'string' && value.length <= maxLength ? value : undefined;
  }

  flag(index: number): boolean | undefined {
    const value = this.#values[index];
    return typeof value === 'boolean' ? value : undefined;
  }

  number(index: number): number | undefined {
    const value = this.#values[index];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }
}
