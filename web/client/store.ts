import type { Store } from './meeting-types.ts';

/** A store and the way to write it; only its owner holds this. */
export interface WritableStore<Value> extends Store<Value> {
  /** Replaces the value; the same object again tells nobody. */
  set(value: Value): void;
}

export function createStore<Value>(initial: Value): WritableStore<Value> {
  let current = initial;
  const listeners = new Set<(value: Value) => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      // A copy: listeners may unsubscribe while they are told.
      for (const listener of Array.from(listeners)) listener(value);
    },
    subscribe(listener) {
      const entry = (value: Value): void => listener(value);
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}
