import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Jitsi's own client library, built by its authors and unmodified: the foreign client of test/e2e/foreign. The newest
 * build that a package registry carries is of March 2022. It is fetched without its dependencies, which the bundle
 * holds already and some of which lie outside the registry.
 */
const PACKAGE = '@solyd/lib-jitsi-meet@2.7001.1';
const SHA512 = '4fobgOgvRF+CxlWuatYewp2SxImAcKr0syzJIimnL39Thw/M1SAlmhyQk9xQf++SsXLGuwm03m2u4p+nlzfGVg==';
const BUNDLE = 'package/dist/umd/lib-jitsi-meet.min.js';
const FETCH_TIMEOUT_MS = 120_000;

/**
 * Leaves the path of the bundle in node_modules/.parley/jitsi-client-path.
 * @param {{ cache: string, record: string, progress: import('./progress.mjs').Progress }} input
 */
export async function ensureJitsiClient({ cache, record, progress }) {
  const folder = join(cache, `jitsi-client-${SHA512.slice(0, 12).replaceAll(/[+/]/g, '-')}`);
  const bundle = join(folder, BUNDLE);
  if (!existsSync(bundle)) {
    const step = progress.step('test tools', 'Jitsi’s client library');
    try {
      await unpackClient(cache, folder);
    } catch (error) {
      step.failed();
      if (error.name !== 'CommandError') throw error;
      throw new SetupError(`${PACKAGE} could not be fetched with npm pack:\n${error.output.trimEnd()}`);
    }
    step.done('Jitsi’s client library unpacked');
  }
  const file = join(record, 'jitsi-client-path');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== bundle) writeFileSync(file, bundle);
}

async function unpackClient(cache, folder) {
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'jitsi-client-'));
  try {
    const args = ['pack', PACKAGE, '--silent', '--pack-destination', scratch];
    const archive = join(scratch, (await runCommand('npm', args, { timeoutMs: FETCH_TIMEOUT_MS })).trim());
    if (createHash('sha512').update(readFileSync(archive)).digest('base64') !== SHA512) {
      throw new SetupError(`${PACKAGE} is not the archive that this project knows; its checksum differs.`);
    }
    await runCommand('tar', ['-xzf', archive, '-C', scratch, BUNDLE, 'package/LICENSE']);
    rmSync(archive);
    renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
