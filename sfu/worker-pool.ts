import { EventEmitter } from 'node:events';
import { createWorker, version, type types } from 'mediasoup';
import type { Logger } from '#runtime/logger.ts';
import { StartError } from '#runtime/start-error.ts';
import { findFreePort } from './free-port.ts';

export interface WorkerPoolOptions {
  readonly workerBinary: string;
  readonly count: number;
  /** Of the first worker; the next has the next. 0: any free one for each. */
  readonly firstPort: number;
  /** Addresses to bind. */
  readonly addresses: readonly string[];
}

/** A mediasoup worker process with its one UDP and TCP port. */
export interface MediaWorker {
  readonly worker: types.Worker;
  readonly webRtcServer: types.WebRtcServer;
  readonly port: number;
  /** Kept by the conferences that live here. */
  endpoints: number;
}

interface WorkerPoolEvents {
  /** Its conferences are lost; another worker takes its port soon. */
  workerDied: [MediaWorker];
}

const FIRST_RESTART_DELAY_MS = 200;
const MAX_RESTART_DELAY_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** With any free port, another program may be quicker. */
const PORT_ATTEMPTS = 5;

/** One worker per core; a worker that dies is replaced on the same port. */
export class WorkerPool extends EventEmitter<WorkerPoolEvents> {
  readonly #options: WorkerPoolOptions;
  readonly #logger: Logger;
  readonly #workers = new Map<number, MediaWorker>();
  readonly #ports: number[] = [];
  readonly #restarts = new Set<NodeJS.Timeout>();
  #isClosed = false;

  private constructor(options: WorkerPoolOptions, logger: Logger) {
    super();
    this.#options = options;
    this.#logger = logger;
  }

  /** @throws StartError when a port is in use, or the binary is not the library's worker. */
  static async create(options: WorkerPoolOptions, logger: Logger, signal: AbortSignal): Promise<WorkerPool> {
    const pool = new WorkerPool(options, logger);
    try {
      for (let index = 0; index < options.count; index += 1) {
        signal.throwIfAborted();
        await pool.#startOnSomePort(options.firstPort === 0 ? undefined : options.firstPort + index);
      }
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  get workers(): readonly MediaWorker[] {
    return [...this.#workers.values()];
  }

  /** The ports of all workers, also of one that is being replaced. */
  get ports(): readonly number[] {
    return this.#ports;
  }

  /** Where a new conference fits best; undefined while no worker runs. */
  leastLoaded(): MediaWorker | undefined {
    return this.workers.reduce<MediaWorker | undefined>(
      (best, worker) => (best === undefined || worker.endpoints < best.endpoints ? worker : best),
      undefined,
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    this.#restarts.clear();
    for (const { worker } of this.#workers.values()) worker.close();
    this.#workers.clear();
  }

  async #startOnSomePort(fixedPort: number | undefined): Promise<void> {
    if (fixedPort !== undefined) {
      await this.#startOn(fixedPort);
      this.#ports.push(fixedPort);
      return;
    }
    for (let attempt = 1; ; attempt += 1) {
      const port = await findFreePort(this.#options.addresses);
      try {
        await this.#startOn(port);
        this.#ports.push(port);
        return;
      } catch (error) {
        if (attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  async #startOn(port: number): Promise<void> {
    const worker = await startProcess(this.#options.workerBinary);
    let webRtcServer: types.WebRtcServer;
    try {
      webRtcServer = await worker.createWebRtcServer({
        listenInfos: this.#options.addresses.flatMap((ip) => [
          { protocol: 'udp', ip, port, flags: { ipv6Only: ip.includes(':') } },
          { protocol: 'tcp', ip, port, flags: { ipv6Only: ip.includes(':') } },
        ]),
      });
    } catch (cause) {
      worker.close();
      throw new StartError(
        `Media port ${port} cannot be used on ${this.#options.addresses.join(', ')} (${String(cause)}). Stop the program that uses it, or set PARLEY_MEDIA_PORT and PARLEY_MEDIA_ADDRESS.`,
        { cause },
      );
    }
    if (this.#isClosed) return worker.close();
    const entry: MediaWorker = { worker, webRtcServer, port, endpoints: 0 };
    this.#workers.set(port, entry);
    worker.once('died', (error) => {
      this.#logger.error({ err: error, port }, 'a media worker died; its conferences move');
      this.#workers.delete(port);
      this.#restart(port, FIRST_RESTART_DELAY_MS);
      this.emit('workerDied', entry);
    });
  }

  #restart(port: number, delayMs: number): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#startOn(port).then(
        () => this.#logger.info({ port }, 'a media worker was replaced'),
        (error: unknown) => {
          this.#logger.error({ err: error, port }, 'a media worker could not be replaced yet');
          this.#restart(port, Math.min(delayMs * 2, MAX_RESTART_DELAY_MS));
        },
      );
    }, delayMs);
    this.#restarts.add(timer);
  }
}

/** Starts the process and asks it something: library and worker must be of one version to understand each other. */
async function startProcess(workerBinary: string): Promise<types.Worker> {
  try {
    const worker = await spawnIgnoringSignals(workerBinary);
    const usage = await Promise.race([worker.getResourceUsage(), timeout(HANDSHAKE_TIMEOUT_MS)]);
    if (usage === undefined || !Number.isFinite(usage.ru_maxrss)) {
      worker.close();
      throw new Error('it gives no sensible answer');
    }
    return worker;
  } catch (cause) {
    throw new StartError(
      `The mediasoup worker ${workerBinary} does not work with the library ${version} (${String(cause)}). Both must be of the same version: run "npm start", which prepares the right one, or correct MEDIASOUP_WORKER_BIN.`,
      { cause },
    );
  }
}

/** Mediasoup closes its workers by itself when the process is asked to stop; running calls are to be drained first. */
function spawnIgnoringSignals(workerBinary: string): Promise<types.Worker> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = signals.map((signal) => new Set(process.listeners(signal)));
  const starting = createWorker({ workerBin: workerBinary, logLevel: 'warn' });
  signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) {
      if (before[index]?.has(listener) === false) process.off(signal, listener);
    }
  });
  return starting;
}

async function timeout(afterMs: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, afterMs).unref());
  return undefined;
}
