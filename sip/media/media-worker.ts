import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { MediaCore } from './media-core.ts';
import type { FromMediaThread, MediaThreadOptions, ToMediaThread } from './thread-messages.ts';

const REPORT_MS = 1000;

/**
 * A frame that is late by 20 ms is heard as a hole, while everything else on the machine can wait that long. On Linux the
 * priority is this thread's alone. Most accounts may not raise one; the sound is then as good as the machine is idle.
 */
function preferSound(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch (error) {
    const { info } = error as NodeJS.ErrnoException & { info?: { code?: string } };
    if (info?.code !== 'EACCES' && info?.code !== 'EPERM') throw error;
  }
}

/** The media core in this thread, under the orders of the main one (media-thread.ts). */
function run(options: MediaThreadOptions): void {
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread');
  const tell = (message: FromMediaThread): void => port.postMessage(message);
  const core = new MediaCore(options, tell);
  const reporting = setInterval(() => tell({ kind: 'figures', figures: core.takeFigures() }), REPORT_MS);
  port.on('message', (message: ToMediaThread) => {
    core.handle(message).catch((error: unknown) => tell({ kind: 'bug', error }));
    if (message.kind !== 'stop') return;
    clearInterval(reporting);
    port.close();
  });
}

preferSound();
run(workerData as MediaThreadOptions);
