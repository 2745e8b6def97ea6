/** Same shapes as protocol/bus-subject.ts: a subject carries the types of what is said under it. */
interface EventSubject<Message> {
  readonly subject: string;
  readonly message?: Message;
}
interface RequestSubject<Request, Answer> {
  readonly subject: string;
  readonly exchange?: (request: Request) => Answer;
}

export interface Subscription {
  /** Idempotent; no handler call starts after it. */
  close(): void;
}

export interface RequestOptions {
  /** Milliseconds; default {@link DEFAULT_REQUEST_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export const DEFAULT_REQUEST_TIMEOUT_MS = 5_000;

/** A claim on a key with a time to live; it is renewed by itself until released or its process dies. */
export interface Lease<Value> {
  /** Replaces the value that watchers see. */
  update(value: Value): void;
  /** Idempotent. */
  release(): void;
}

export interface LeaseEntry {
  readonly key: string;
  /** As the holder wrote it; parse it with a schema before use. */
  readonly value: unknown;
}

/**
 * How services meet (decisions.md, "Bus"): publish and subscribe for facts, request and serve for questions with one
 * typed answer, leases for ownership. Messages are plain JSON data. For one publisher and one subscriber order is kept.
 */
export interface Bus {
  publish<Message>(subject: EventSubject<Message>, message: Message): void;
  /** A handler that throws is logged by the bus; others still get the message. */
  subscribe<Message>(subject: EventSubject<Message>, handler: (message: Message) => void): Subscription;
  /** @throws BusError `no-server`, `timeout`, `failed` (the server threw) or `closed`; the signal's reason if aborted. */
  request<Request, Answer>(
    subject: RequestSubject<Request, Answer>,
    message: Request,
    options?: RequestOptions,
  ): Promise<Answer>;
  /** One server per subject. @throws BusError `subject-taken`. */
  serve<Request, Answer>(
    subject: RequestSubject<Request, Answer>,
    handler: (message: Request) => Answer | Promise<Answer>,
  ): Subscription;
  /** Claims a key, or answers undefined if another holds it. */
  claim<Value>(key: string, value: Value): Promise<Lease<Value> | undefined>;
  /** Current entries under a prefix, then every change (`value` undefined: released or expired). */
  watch(prefix: string, handler: (entry: LeaseEntry) => void): Subscription;
  close(): void;
}

export type BusErrorCode = 'no-server' | 'timeout' | 'failed' | 'closed' | 'subject-taken';

/** The other side of the bus cannot answer now; the caller's retry policy decides. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
