import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from './content-hash.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/** What the page is built from. */
const SOURCES = ['web', 'protocol', 'package-lock.json'];
const NO_SOURCES = /^web\/(dist|server)(\/|$)|\.test\.tsx?$|\.md$/;

/** Builds the page into web/dist unless it was already built from the same sources. */
export async function buildWeb({ root, record, node, progress }) {
  if (!existsSync(join(root, 'web/index.html'))) return;
  const sources = contentHash(root, SOURCES, NO_SOURCES);
  const stamp = join(record, 'web-sources');
  const isBuilt = existsSync(join(root, 'web/dist/index.html')) && existsSync(stamp);
  if (isBuilt && readFileSync(stamp, 'utf8') === sources) return;
  const step = progress.step('web', 'building the page');
  try {
    await runCommand(node, [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'], {
      cwd: root,
    });
  } catch (error) {
    step.failed();
    if (error.name !== 'CommandError') throw error;
    throw new SetupError(`The page could not be built (vite build web):\n${error.output.trimEnd()}`);
  }
  writeFileSync(stamp, sources);
  step.done('page built');
}
