import type { Logger } from '#runtime/logger.ts';
import type { AnnouncedMedia } from '../peer-policy.ts';
import {
  type ListenerPorts,
  type RelayFigures,
  RelayWorker,
  type RelayWorkerObserver,
  type RelayWorkerOptions,
} from './relay-worker.ts';
import { RelayThread } from './relay-thread.ts';
import { createSharedState, forgetWorker, type SharedState } from './shared-state.ts';
import type { TlsMaterial } from '../listeners/tls-acceptor.ts';

const RESTART_MS = 1000;

/** Settings of every worker; what is a worker's own is filled in here. */
export type PoolOptions = Omit<RelayWorkerOptions, 'index' | 'shared'>;

/**
 * The workers of the relay: one in this thread and, where more than one is configured, the others in threads of their
 * own. Each has its own sockets on the same ports (SO_REUSEPORT), and the kernel keeps every client at one of them.
 */
export class WorkerPool {
  /** The worker in this thread. */
  readonly first: RelayWorker;
  readonly #options: PoolOptions;
  readonly #observer: RelayWorkerObserver;
  readonly #logger: Logger;
  readonly #shared: SharedState | undefined;
  readonly #threads: (RelayThread | undefined)[] = [];
  readonly #restarts = new Map<number, NodeJS.Timeout>();
  readonly #drained = new Set<number>();
  /** The last figures of threads that died: what they had counted is not lost. */
  readonly #died: RelayFigures[] = [];
  #tls: TlsMaterial | undefined;
  #announced: readonly AnnouncedMedia[] = [];
  #ports: ListenerPorts = { port: 0, tlsPort: undefined };
  #isStopped = false;

  constructor(options: PoolOptions, observer: RelayWorkerObserver, logger: Logger) {
    const { config, addresses, tls } = options;
    this.#options = options;
    this.#observer = observer;
    this.#logger = logger;
    this.#tls = tls;
    this.#shared = config.workers === 1 ? undefined : createSharedState(config.workers, addresses.relay.length);
    this.first = new RelayWorker({ ...options, index: 0, shared: this.#shared }, observer);
  }

  get size(): number {
    return this.#options.config.workers;
  }

  /**
   * Opens the listeners of all workers; clients are served when all are open, for each one more moves clients about.
   * @throws ListenError
   */
  async start(ports: ListenerPorts): Promise<ListenerPorts> {
    this.#ports = await this.first.listen(ports);
    for (let index = 1; index < this.size; index++) await this.#openThread(index);
    this.first.serve();
    for (const thread of this.#threads) thread?.tell({ kind: 'serve' });
    return this.#ports;
  }

  async #openThread(index: number): Promise<RelayThread> {
    const worker: RelayWorkerOptions = { ...this.#options, tls: this.#tls, index, shared: this.#shared };
    const thread = await RelayThread.open({ worker, ports: this.#ports }, this.#observer);
    this.#threads[index] = thread;
    thread.onDied = (error) => this.#onDied(index, error);
    thread.tell({ kind: 'announced', media: this.#announced });
    if (this.#drained.has(index)) thread.tell({ kind: 'drain' });
    return thread;
  }

  /** Its clients are told by 437 when they refresh, and begin anew; a thread in its place takes over. */
  #onDied(index: number, error: unknown): void {
    this.#logger.error({ err: error, worker: index }, 'a relay worker died; another takes its place');
    const figures = this.#threads[index]?.figures;
    if (figures !== undefined) this.#died.push({ ...figures, allocations: 0, connections: 0, portsInUse: 0, ports: 0 });
    this.#threads[index] = undefined;
    if (this.#shared !== undefined) forgetWorker(this.#shared, index);
    const restart = async (): Promise<void> => {
      this.#restarts.delete(index);
      try {
        const thread = await this.#openThread(index);
        if (this.#isStopped) await thread.stop();
        else thread.tell({ kind: 'serve' });
      } catch (cause) {
        this.#onDied(index, cause);
      }
    };
    if (!this.#isStopped)
      this.#restarts.set(
        index,
        setTimeout(() => void restart(), RESTART_MS),
      );
  }

  setAnnounced(media: readonly AnnouncedMedia[]): void {
    this.#announced = media;
    this.first.setAnnounced(media);
    for (const thread of this.#threads) thread?.tell({ kind: 'announced', media });
  }

  replaceCertificate(material: TlsMaterial): void {
    this.#tls = material;
    this.first.replaceCertificate(material);
    for (const thread of this.#threads) thread?.tell({ kind: 'certificate', ...material });
  }

  /** From now on a worker refuses new allocations, and those it has go on. */
  drain(index: number): void {
    this.#drained.add(index);
    if (index === 0) this.first.drain();
    this.#threads[index]?.tell({ kind: 'drain' });
  }

  /** Of each worker, the threads' at most a second old. */
  figures(): readonly RelayFigures[] {
    const threads = this.#threads.flatMap((thread) => thread?.figures ?? []);
    return [this.first.figures(), ...threads, ...this.#died];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#restarts.values()) clearTimeout(timer);
    this.first.stop();
    const threads = this.#threads.filter((thread) => thread !== undefined);
    await Promise.all(threads.map((thread) => thread.stop()));
  }
}
