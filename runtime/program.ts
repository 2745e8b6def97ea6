import type { Logger } from './logger.ts';
import type { Service } from './service.ts';

/** Starts services in their order and stops them in reverse, also when a start failed half-way. */
export class Program {
  readonly #services: readonly Service[];
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  readonly #begun: Service[] = [];
  #stopping: Promise<void> | undefined;

  constructor(services: readonly Service[], logger: Logger) {
    this.#services = services;
    this.#logger = logger;
  }

  /** @throws what the failing service threw, after the others were stopped. */
  async start(): Promise<void> {
    try {
      for (const service of this.#services) {
        this.#abort.signal.throwIfAborted();
        this.#begun.push(service);
        await service.start(this.#abort.signal);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Idempotent; callers share one stop. A service that fails to stop does not keep the others from it. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#abort.abort(new Error('the program stops'));
    for (const service of this.#begun.toReversed()) {
      try {
        await service.stop();
      } catch (error) {
        this.#logger.error({ err: error, service: service.name }, 'a service did not stop cleanly');
      }
    }
  }
}
