/** Node's emitter for browsers, as far as it is used here. */
declare module 'events' {
  type Listener = (...args: never) => void;
  export class EventEmitter {
    on(event: string, listener: Listener): this;
    once(event: string, listener: Listener): this;
    off(event: string, listener: Listener): this;
    addListener(event: string, listener: Listener): this;
    removeListener(event: string, listener: Listener): this;
    removeAllListeners(event?: string): this;
    emit(event: string, ...args: readonly unknown[]): boolean;
    listenerCount(event: string): number;
  }
}
