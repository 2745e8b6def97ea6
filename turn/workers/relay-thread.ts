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
  readonly #listening = Promise.withResolvers<void>();
  #isListening = false;
  #isStopping = false;
  /** Called when it ends without having been told to. */
  onDied: (error: unknown) => void = () => undefined;

  /** Resolves when its listeners are open. Rejects with ListenError, or with whatever the thread died of. */
  static async open(options: ThreadOptions, observer: RelayWorkerObserver): Promise<RelayThread> {
    const worker = new Worker(ENTRY, { workerData: options, name: `turn-${options.worker.index}` });
    const thread = new RelayThread(worker, observer);
    await thread.#listening.promise;
    return thread;
  }

  private constructor(worker: Worker, observer: RelayWorkerObserver) {
    this.#worker = worker;
    this.#observer = observer;
    let cause: unknown = new Error('the thread ended by itself');
    worker.on('message', (message: FromThread) => this.#onMessage(message));
    worker.on('error', (error) => (cause = error));
    worker.once('exit', () => {
      if (!this.#isListening) this.#listening.reject(cause);
      else if (!this.#isStopping) this.onDied(cause);
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
        this.#isListening = true;
        this.#listening.resolve();
        break;
      case 'refused':
        this.#listening.reject(new ListenError(message.port, message.hasUdp, new Error(message.reason)));
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
