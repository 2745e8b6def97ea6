import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ListenError, type RelayFigures, type RelayWorkerObserver } from './relay-worker.ts';
import type { FromThread, ThreadOptions, ToThread } from './worker-messages.ts';

const ENTRY = new URL('./worker-thread.ts', import.meta.url);

/** A worker in a thread of its own, as the main thread sees it. */
export class RelayThread {
  readonly #worker: Worker;
  readonly #observer: RelayWorkerObserver;
  /** Of the last report, at most a second old. */
  figures: RelayFigures | undefined;
  #isStopping = false;
  /** Called when it ends without having been told to. */
  onDied: (error: unknown) => void = () => undefined;

  /** Resolves when its listeners are open. Rejects with ListenError, or with whatever the thread died of. */
  static async open(options: ThreadOptions, observer: RelayWorkerObserver): Promise<RelayThread> {
    const worker = new Worker(ENTRY, { workerData: options, name: `turn-${options.worker.index}` });
    const thread = new RelayThread(worker, observer);
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread ended before it listened')));
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'listening') resolve();
        else if (message.kind === 'refused') {
          reject(new ListenError(message.port, message.hasUdp, new Error(message.reason)));
        }
      });
    });
    thread.#watch();
    return thread;
  }

  private constructor(worker: Worker, observer: RelayWorkerObserver) {
    this.#worker = worker;
    this.#observer = observer;
  }

  #watch(): void {
    const worker = this.#worker;
    worker.removeAllListeners();
    worker.on('message', (message: FromThread) => this.#onMessage(message));
    let cause: unknown = new Error('the thread ended by itself');
    worker.on('error', (error) => (cause = error));
    worker.once('exit', () => {
      if (!this.#isStopping) this.onDied(cause);
    });
  }

  #onMessage(message: FromThread): void {
    const observer = this.#observer;
    switch (message.kind) {
      case 'report':
        this.figures = message.figures;
        for (const { failure, times } of message.authFailures) observer.authFailed(failure, times);
        for (const { code, transport, family, times } of message.answers) {
          observer.allocateAnswered(code, transport, family, times);
        }
        break;
      case 'started':
        observer.allocationStarted(message.start);
        break;
      case 'ended':
        observer.allocationEnded(message.end);
        break;
      case 'bug':
        observer.bugMet(message.error);
        break;
      case 'listening':
      case 'refused':
    }
  }

  tell(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const exited = once(this.#worker, 'exit');
    this.tell({ kind: 'stop' });
    await exited;
  }
}
