import {
  BusError,
  DEFAULT_REQUEST_TIMEOUT_MS,
  type Bus,
  type Lease,
  type LeaseEntry,
  type RequestOptions,
  type Subscription,
} from './bus.ts';
import type { Logger } from './logger.ts';

type Handler = (message: unknown) => void;
type Server = (message: unknown) => unknown;

/**
 * The bus inside one process. Messages are delivered in a microtask, as a network would never call back inside
 * `publish`, and frozen, as the receiver of a copy could not change the sender's data either.
 */
export class MemoryBus implements Bus {
  readonly #logger: Logger;
  readonly #subscribers = new Map<string, Set<Handler>>();
  readonly #servers = new Map<string, Server>();
  readonly #leases = new Map<string, unknown>();
  readonly #watchers = new Set<{ prefix: string; handler: (entry: LeaseEntry) => void }>();
  readonly #closing = new AbortController();

  constructor(logger: Logger) {
    this.#logger = logger.child({ service: 'bus' });
  }

  publish<Message>(subject: { readonly subject: string; readonly message?: Message }, message: Message): void {
    if (this.#closing.signal.aborted) return;
    deepFreeze(message);
    queueMicrotask(() => {
      for (const handler of [...(this.#subscribers.get(subject.subject) ?? [])]) {
        this.#guard(subject.subject, () => handler(message));
      }
    });
  }

  subscribe<Message>(
    subject: { readonly subject: string; readonly message?: Message },
    handler: (message: Message) => void,
  ): Subscription {
    const handlers = this.#subscribers.get(subject.subject) ?? new Set<Handler>();
    this.#subscribers.set(subject.subject, handlers);
    const entry: Handler = (message) => handler(message as Message);
    handlers.add(entry);
    return {
      close: () => {
        handlers.delete(entry);
        if (handlers.size === 0 && this.#subscribers.get(subject.subject) === handlers) {
          this.#subscribers.delete(subject.subject);
        }
      },
    };
  }

  async request<Request, Answer>(
    subject: { readonly subject: string; readonly exchange?: (request: Request) => Answer },
    message: Request,
    { timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, signal }: RequestOptions = {},
  ): Promise<Answer> {
    signal?.throwIfAborted();
    if (this.#closing.signal.aborted) throw new BusError('closed', 'the bus is closed');
    const server = this.#servers.get(subject.subject);
    if (server === undefined) throw new BusError('no-server', `nobody answers ${subject.subject}`);
    deepFreeze(message);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = setTimeout(
      () => reject(new BusError('timeout', `${subject.subject}: no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const onAbort = (): void => reject(asError(signal?.reason));
    const onClose = (): void => reject(new BusError('closed', 'the bus was closed'));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#closing.signal.addEventListener('abort', onClose, { once: true });
    queueMicrotask(() => {
      Promise.try(() => server(message)).then(
        (answer) => {
          deepFreeze(answer);
          resolve(answer as Answer);
        },
        (cause: unknown) => {
          this.#logger.error({ err: cause, subject: subject.subject }, 'a request handler failed');
          reject(new BusError('failed', `${subject.subject} failed`, { cause }));
        },
      );
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#closing.signal.removeEventListener('abort', onClose);
    }
  }

  serve<Request, Answer>(
    subject: { readonly subject: string; readonly exchange?: (request: Request) => Answer },
    handler: (message: Request) => Answer | Promise<Answer>,
  ): Subscription {
    if (this.#servers.has(subject.subject)) {
      throw new BusError('subject-taken', `${subject.subject} is served already`);
    }
    const server: Server = (message) => handler(message as Request);
    this.#servers.set(subject.subject, server);
    return {
      close: () => {
        if (this.#servers.get(subject.subject) === server) this.#servers.delete(subject.subject);
      },
    };
  }

  async claim<Value>(key: string, value: Value): Promise<Lease<Value> | undefined> {
    if (this.#closing.signal.aborted || this.#leases.has(key)) return undefined;
    let released = false;
    const write = (next: Value | undefined): void => {
      deepFreeze(next);
      if (next === undefined) this.#leases.delete(key);
      else this.#leases.set(key, next);
      for (const watcher of [...this.#watchers]) {
        if (key.startsWith(watcher.prefix)) this.#guard(key, () => watcher.handler({ key, value: next }));
      }
    };
    write(value);
    return {
      update: (next) => {
        if (!released) write(next);
      },
      release: () => {
        if (released) return;
        released = true;
        write(undefined);
      },
    };
  }

  watch(prefix: string, handler: (entry: LeaseEntry) => void): Subscription {
    const watcher = { prefix, handler };
    this.#watchers.add(watcher);
    for (const [key, value] of this.#leases) {
      if (key.startsWith(prefix)) this.#guard(key, () => handler({ key, value }));
    }
    return { close: () => void this.#watchers.delete(watcher) };
  }

  close(): void {
    this.#closing.abort();
    this.#subscribers.clear();
    this.#servers.clear();
    this.#watchers.clear();
    this.#leases.clear();
  }

  #guard(subject: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#logger.error({ err: error, subject }, 'a bus handler failed');
    }
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
}
