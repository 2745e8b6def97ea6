/** Events of one object, typed by a map from name to arguments; Node's EventEmitter without Node. */
export class Emitter<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<(...args: never) => void>>();

  /** @returns unsubscribe */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      // Listeners under a name were added with that name's arguments.
      (listener as (...args: Events[Name]) => void)(...args);
    }
  }
}
