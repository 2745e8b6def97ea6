import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from 'mediasoup';
import { StartError } from '#runtime/start-error.ts';

const MODULES = join(import.meta.dirname, '..', 'node_modules');
/** Written by set-up. */
const RECORDED_PATH = join(MODULES, '.parley', 'worker-path');
/** Where mediasoup's own installation puts it. */
const PACKAGED_WORKER = join(MODULES, 'mediasoup', 'worker', 'out', 'Release', 'mediasoup-worker');

/**
 * Finds the mediasoup worker that set-up has prepared.
 * @param fromEnvironment mediasoup's own variable MEDIASOUP_WORKER_BIN; it wins over what set-up recorded.
 * @throws StartError when there is none, or it cannot be run.
 */
export async function findWorkerBinary(fromEnvironment: string | undefined): Promise<string> {
  const path = fromEnvironment ?? (await recordedPath()) ?? PACKAGED_WORKER;
  try {
    await access(path, constants.X_OK);
  } catch (cause) {
    const origin = fromEnvironment === undefined ? '' : ' (set by MEDIASOUP_WORKER_BIN)';
    throw new StartError(
      `There is no mediasoup worker at ${path}${origin}. Run "npm start", which prepares one, or set MEDIASOUP_WORKER_BIN to a worker of version ${version}.`,
      { cause },
    );
  }
  return path;
}

async function recordedPath(): Promise<string | undefined> {
  try {
    return (await readFile(RECORDED_PATH, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
