import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

/** The bare page, built as the real one is, in a directory of its own that a server can serve as `web.pagesDir`. */
export async function buildBarePage(): Promise<{ readonly directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'parley-bare-page-'));
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    build: { outDir: directory, emptyOutDir: true, target: ['chrome120', 'firefox121', 'safari17'] },
  });
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
