import { existsSync } from 'node:fs';
import { exitStatus } from '../run-command.mjs';

/** What the worker ends with when it misses MEDIASOUP_VERSION in its environment (worker/src/main.cpp). */
const REFUSES_WITHOUT_VERSION = 41;

/** Whether a worker binary can run on this machine at all; upstream's own test. */
export async function canRun(workerBinary) {
  if (!existsSync(workerBinary)) return false;
  return (await exitStatus(workerBinary, [], { env: {}, timeoutMs: 10_000 })) === REFUSES_WITHOUT_VERSION;
}
