import { type ReadonlySignal, signal } from '@preact/signals';
import type { Store } from '../../client/meeting-types.ts';

/** The client's store as a signal, until disposed. */
export function storeSignal<Value>(store: Store<Value>): { value: ReadonlySignal<Value>; dispose: () => void } {
  const value = signal(store.get());
  const dispose = store.subscribe((next) => {
    value.value = next;
  });
  // What changed between reading and subscribing.
  value.value = store.get();
  return { value, dispose };
}
