/** XEP-0199 pings as wire note §1.5 has them, a little quicker to notice a dead network. */
const PING_AFTER_SILENCE_MS = 8_000;
const ANSWER_WITHIN_MS = 4_000;

export interface KeepalivePorts {
  /** Sends a ping; any answer, also an error, is a sign of life. */
  ping(): Promise<unknown>;
  /** Nothing came within the time: the connection is dead. */
  lost(): void;
}

/** Watches a connection for silence. */
export class Keepalive {
  readonly #ports: KeepalivePorts;
  #isRunning = false;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #check: { readonly alive: Promise<boolean>; readonly settle: (isAlive: boolean) => void } | undefined;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: KeepalivePorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#isRunning = true;
    this.#await();
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#silenceTimer);
    this.#settle(false);
  }

  /** Something arrived. */
  received(): void {
    if (!this.#isRunning) return;
    this.#settle(true);
    this.#await();
  }

  /** @returns whether anything arrived in time; if not, `lost` was called */
  checkNow(): Promise<boolean> {
    if (!this.#isRunning) return Promise.resolve(false);
    if (this.#check !== undefined) return this.#check.alive;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#check = { alive: promise, settle: resolve };
    this.#answerTimer = setTimeout(() => {
      this.#settle(false);
      this.#ports.lost();
    }, ANSWER_WITHIN_MS);
    // The answer itself counts as something received; a failure shows as silence.
    this.#ports.ping().catch(() => undefined);
    return promise;
  }

  #await(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => void this.checkNow(), PING_AFTER_SILENCE_MS);
  }

  #settle(isAlive: boolean): void {
    clearTimeout(this.#answerTimer);
    const check = this.#check;
    this.#check = undefined;
    check?.settle(isAlive);
  }
}
