import { parentPort, workerData } from 'node:worker_threads';
import type { ClientTransport } from '../allocation.ts';
import type { Family } from '../endpoint.ts';
import type { AuthFailure } from '../long-term-auth.ts';
import { ListenError, RelayWorker, type RelayWorkerObserver } from './relay-worker.ts';
import type { AllocateAnswers, FromThread, ThreadOptions, ToThread } from './worker-messages.ts';

const REPORT_MS = 1000;

/** Counts what strangers can cause, so that a flood of it is one message a second. */
class EventCounts implements RelayWorkerObserver {
  readonly #tell: (message: FromThread) => void;
  #authFailures = new Map<AuthFailure, number>();
  #answers = new Map<string, AllocateAnswers>();

  constructor(tell: (message: FromThread) => void) {
    this.#tell = tell;
  }

  authFailed(failure: AuthFailure): void {
    this.#authFailures.set(failure, (this.#authFailures.get(failure) ?? 0) + 1);
  }

  allocateAnswered(code: number, transport: ClientTransport, family: Family): void {
    const key = `${code} ${transport} ${family}`;
    const times = (this.#answers.get(key)?.times ?? 0) + 1;
    this.#answers.set(key, { code, transport, family, times });
  }

  allocationStarted(start: Parameters<RelayWorkerObserver['allocationStarted']>[0]): void {
    this.#tell({ kind: 'started', start });
  }

  allocationEnded(end: Parameters<RelayWorkerObserver['allocationEnded']>[0]): void {
    this.#tell({ kind: 'ended', end });
  }

  bugMet(error: unknown): void {
    this.#tell({ kind: 'bug', error });
  }

  /** What was counted since the last time. */
  take(): { authFailures: { failure: AuthFailure; times: number }[]; answers: AllocateAnswers[] } {
    const authFailures = [...this.#authFailures].map(([failure, times]) => ({ failure, times }));
    const answers = [...this.#answers.values()];
    this.#authFailures = new Map();
    this.#answers = new Map();
    return { authFailures, answers };
  }
}

/** One relay in this thread, under the orders of the main one (worker-pool.ts). */
async function run({ worker: options, ports }: ThreadOptions): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread');
  const tell = (message: FromThread): void => port.postMessage(message);
  const counts = new EventCounts(tell);
  const worker = new RelayWorker(options, counts);
  try {
    await worker.listen(ports);
  } catch (error) {
    worker.stop();
    if (!(error instanceof ListenError)) throw error;
    tell({ kind: 'refused', port: error.port, hasUdp: error.hasUdp, reason: error.message });
    return;
  }
  const report = (): void => tell({ kind: 'report', figures: worker.figures(), ...counts.take() });
  const reporting = setInterval(report, REPORT_MS);
  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'serve':
        worker.serve();
        break;
      case 'drain':
        worker.drain();
        break;
      case 'announced':
        worker.setAnnounced(message.media);
        break;
      case 'certificate':
        worker.replaceCertificate({ cert: Buffer.from(message.cert), key: Buffer.from(message.key) });
        break;
      case 'stop':
        clearInterval(reporting);
        worker.stop();
        report();
        port.close();
    }
  });
  tell({ kind: 'listening' });
}

await run(workerData as ThreadOptions);
