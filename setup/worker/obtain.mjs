import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../lock.mjs';
import { SetupError } from '../setup-error.mjs';
import { buildWorker, cannotBuildBecause } from './build.mjs';
import { cacheKey } from './cache-key.mjs';
import { canRun } from './check.mjs';
import { candidateVersions } from './debian.mjs';
import { debianPackages } from './ingredients.mjs';
import { downloadPrebuilt, prebuiltUrl } from './prebuilt.mjs';

/**
 * Finds a worker binary of exactly the version of the installed mediasoup library, in this order: named by
 * MEDIASOUP_WORKER_BIN, in the cache, inside the npm package, the official download, built here.
 * @param {{ packageFolder: string, cache: string, env: NodeJS.ProcessEnv, progress: import('../progress.mjs').Progress,
 *   means?: typeof realMeans }} input `means` reach outside: download, compiler, apt; tests bring their own
 * @returns {Promise<{ path: string, from: 'environment' | 'cache' | 'package' | 'download' | 'build' }>}
 * @throws {SetupError} naming what was tried and the ways out
 */
export async function obtainWorker({ packageFolder, cache, env, progress, means = realMeans }) {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { version } = manifest;
  if (env.MEDIASOUP_WORKER_BIN) {
    if (await canRun(env.MEDIASOUP_WORKER_BIN)) return { path: env.MEDIASOUP_WORKER_BIN, from: 'environment' };
    throw new SetupError(
      `MEDIASOUP_WORKER_BIN is ${env.MEDIASOUP_WORKER_BIN}, which is not there or is no mediasoup-worker for this system. ` +
        `Let it name a worker of version ${version}, or unset it to have one made.`,
    );
  }
  mkdirSync(cache, { recursive: true });
  const memoFile = join(cache, 'apt-versions.json');
  const keyNow = async () => cacheKey({ version, debianVersions: await means.debianVersions(memoFile) });
  const cached = join(cache, await keyNow(), 'mediasoup-worker');
  if (await canRun(cached)) return { path: cached, from: 'cache' };
  const packaged = join(packageFolder, 'worker/out/Release/mediasoup-worker');
  if (await canRun(packaged)) return { path: packaged, from: 'package' };

  const onWait = (holder) => progress.say('worker', `${holder} is getting it already; waiting`);
  return withLock(join(cache, 'worker.lock'), { onWait }, async () => {
    if (await canRun(cached)) return { path: cached, from: 'cache' };
    removeLeftovers(cache);
    const scratch = mkdtempSync(join(cache, SCRATCH_PREFIX));
    try {
      const made = await make({ manifest, packageFolder, cache, env, scratch, memoFile, progress, means });
      // The build may have renewed apt's index, and with it the versions that belong into the key.
      const home = join(cache, await keyNow());
      rmSync(home, { recursive: true, force: true });
      renameSync(made.folder, home);
      return { path: join(home, 'mediasoup-worker'), from: made.from };
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

const SCRATCH_PREFIX = 'scratch-';

const realMeans = {
  downloadPrebuilt,
  cannotBuildBecause,
  buildWorker,
  debianVersions: async (memoFile) => (await candidateVersions(debianPackages, memoFile)) ?? [],
};

async function make({ manifest, packageFolder, cache, env, scratch, memoFile, progress, means }) {
  let prebuiltFailure = 'skipped (MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD is set)';
  if (!env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) {
    const url = prebuiltUrl({ manifest, env });
    const result = await means.downloadPrebuilt({ url, scratch });
    if ('folder' in result) {
      progress.say('worker', `mediasoup-worker ${manifest.version} downloaded`);
      return { folder: result.folder, from: 'download' };
    }
    prebuiltFailure = result.failure;
  }
  progress.say('worker', `official binary: ${prebuiltFailure}`);
  const obstacle = await means.cannotBuildBecause();
  if (obstacle !== undefined) throw new SetupError(noWorkerMessage(manifest.version, prebuiltFailure, obstacle));
  try {
    const archives = join(cache, 'archives');
    const folder = await means.buildWorker({
      packageFolder,
      version: manifest.version,
      archives,
      scratch,
      memoFile,
      progress,
    });
    return { folder, from: 'build' };
  } catch (error) {
    if (error.name !== 'CommandError' && error.name !== 'SetupError') throw error;
    const detail = error.output ? `\n${lastLines(error.output, 12)}` : '';
    throw new SetupError(noWorkerMessage(manifest.version, prebuiltFailure, `${error.message}${detail}`));
  }
}

function noWorkerMessage(version, prebuilt, build) {
  return [
    `No mediasoup-worker ${version} for ${process.platform}/${process.arch} (${libcName()}).`,
    `  prebuilt : ${prebuilt}`,
    `  build    : ${build}`,
    'Ways out: allow the download from the mediasoup releases or let MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL name a',
    `mirror; set MEDIASOUP_WORKER_BIN to a ${version} worker binary; run on Debian 12 or newer with g++ installed; or build`,
    "it with mediasoup's own script (Python 3 with pip, a compiler, open internet). See setup/README.md.",
  ].join('\n');
}

function libcName() {
  if (process.platform !== 'linux') return 'system libc';
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  return glibc === undefined ? 'musl' : `glibc ${glibc}`;
}

/** Scratch folders of builds that were killed; we hold the lock, so none of them is in use. */
function removeLeftovers(cache) {
  for (const name of readdirSync(cache)) {
    if (name.startsWith(SCRATCH_PREFIX)) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
