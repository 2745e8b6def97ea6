import { createWriteStream, chmodSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../run-command.mjs';
import { canRun } from './check.mjs';

const CONNECT_TIMEOUT_MS = 10_000;
const TOTAL_TIMEOUT_MS = 60_000;

/** Where mediasoup publishes its own binary for a platform; the base can be a mirror, as upstream's variable allows. */
export function prebuiltUrl({ manifest, env, platform = process.platform, arch = process.arch, kernel = release() }) {
  const repository = manifest.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  const base = env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL || `${repository}/releases/download`;
  const suffix = platform === 'linux' ? `-kernel${kernel.split('.')[0]}` : '';
  return `${base}/${manifest.version}/mediasoup-worker-${manifest.version}-${platform}-${arch}${suffix}.tgz`;
}

/**
 * Downloads the official binary and checks that it runs here.
 * @param {{ url: string, scratch: string }} input
 * @returns {Promise<{ folder: string } | { failure: string }>} the folder that holds it, or why not, in one line
 */
export async function downloadPrebuilt({ url, scratch }) {
  const folder = join(scratch, 'prebuilt');
  const archive = join(scratch, 'prebuilt.tgz');
  await mkdir(folder, { recursive: true });
  const failure = await download(url, archive);
  if (failure !== undefined) return { failure };
  const binary = join(folder, 'mediasoup-worker');
  try {
    await runCommand('tar', ['-xzf', archive, '-C', folder]);
    chmodSync(binary, 0o755);
  } catch {
    return { failure: 'what was downloaded is not an archive with a worker' };
  }
  return (await canRun(binary))
    ? { folder }
    : { failure: 'downloaded, but does not run on this system (another libc?)' };
}

async function download(url, file) {
  const connecting = new AbortController();
  const connectTimer = setTimeout(() => connecting.abort(), CONNECT_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([connecting.signal, AbortSignal.timeout(TOTAL_TIMEOUT_MS)]),
    });
    clearTimeout(connectTimer);
    if (response.status === 404) return 'none is published for this platform';
    if (!response.ok || response.body === null) return `server answered ${response.status}`;
    await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
    return undefined;
  } catch (error) {
    if (connecting.signal.aborted) return `could not connect (${CONNECT_TIMEOUT_MS / 1000} s)`;
    if (error.name === 'TimeoutError') return `not complete after ${TOTAL_TIMEOUT_MS / 1000} s`;
    return `could not connect (${error.cause?.code ?? error.message})`;
  } finally {
    clearTimeout(connectTimer);
  }
}
