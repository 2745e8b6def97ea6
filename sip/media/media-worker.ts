import { parentPort, workerData } from 'node:worker_threads';
import { MediaCore } from './media-core.ts';
import type { FromMediaThread, MediaThreadOptions, ToMediaThread } from './thread-messages.ts';

const REPORT_MS = 1000;

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

run(workerData as MediaThreadOptions);
