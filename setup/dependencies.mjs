import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

const NEEDED_NODE = 24;

/** Runs `npm ci` when node_modules is missing or older than the lockfile. */
export async function installDependencies({ root, progress }) {
  const installed = statSync(join(root, 'node_modules/.package-lock.json'), { throwIfNoEntry: false });
  const lockfile = statSync(join(root, 'package-lock.json'));
  if (installed !== undefined && installed.mtimeMs >= lockfile.mtimeMs) return;
  const step = progress.step('dependencies', 'npm ci (about 20 s the first time)');
  try {
    await runCommand('npm', ['ci', '--no-progress', '--loglevel=error'], { cwd: root });
  } catch (error) {
    step.failed();
    if (error.name !== 'CommandError') throw error;
    throw new SetupError(
      `${error.message}\n${error.output.trimEnd()}\nIs the npm registry reachable (npm config get registry)?`,
    );
  }
  step.done('installed');
}

/** The Node that runs Parley: the pinned one from node_modules where its package exists, else the one that runs us. */
export function projectNode({ root }) {
  const pinned = join(root, 'node_modules/.bin/node');
  if (existsSync(pinned)) return pinned;
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_NODE) return process.execPath;
  throw new SetupError(
    `Parley needs Node ${NEEDED_NODE} or newer; this is ${process.versions.node}, and for ${process.platform}/${process.arch} ` +
      'none comes with the dependencies (only for linux/x64 and linux/arm64). Install one from nodejs.org.',
  );
}
