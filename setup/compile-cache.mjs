import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';

/**
 * Lets Node keep the server's modules stripped of their types and compiled. A server that finds them starts quicker and
 * is some 28 MB smaller: it never loads the stripper. Node itself replaces what has changed since.
 */
export async function warmCompileCache({ root, record, node, progress }) {
  const folder = join(record, 'compile-cache');
  if (existsSync(folder)) return;
  const step = progress.step('server', 'compiling its modules');
  try {
    await runCommand(node, [join(root, 'main.ts'), '--help'], { env: { ...process.env, NODE_COMPILE_CACHE: folder } });
    step.done('modules compiled');
  } catch (error) {
    step.failed();
    if (error.name !== 'CommandError') throw error;
    // The server's own start says better what is wrong.
    progress.say('server', `its modules could not be compiled beforehand: ${error.message}`);
  }
}
