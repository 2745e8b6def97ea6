/** One role of the program. Constructors do no I/O; `start` may fail and `stop` can follow a failed `start`. */
export interface Service {
  readonly name: string;
  /** Resolves when the service can do its work. Aborting the signal cancels what is pending. */
  start(signal: AbortSignal): Promise<void>;
  /** Idempotent: drains, then closes. */
  stop(): Promise<void>;
}
