import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { obtainWorker } from './obtain.mjs';

/** A stand-in that ends with a given status; the real worker ends with 41 when nothing is in its environment. */
function writeWorker(path, status = 41) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\nexit ${status}\n`);
  chmodSync(path, 0o755);
}

let folder;
let said;
let calls;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-obtain-'));
  said = [];
  calls = [];
  mkdirSync(join(folder, 'mediasoup'));
  const manifest = { version: '9.9.9', repository: { url: 'git+https://example.org/mediasoup.git' } };
  writeFileSync(join(folder, 'mediasoup/package.json'), JSON.stringify(manifest));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Download and build without network and compiler: each leaves a stand-in worker, or fails as told. */
function means({ prebuiltFailure, obstacle, buildError } = {}) {
  return {
    async downloadPrebuilt({ url, scratch }) {
      calls.push(`download ${url}`);
      if (prebuiltFailure) return { failure: prebuiltFailure };
      writeWorker(join(scratch, 'prebuilt/mediasoup-worker'));
      return { folder: join(scratch, 'prebuilt') };
    },
    async cannotBuildBecause() {
      return obstacle;
    },
    async buildWorker({ scratch }) {
      calls.push('build');
      if (buildError) throw buildError;
      writeWorker(join(scratch, 'result/mediasoup-worker'));
      return join(scratch, 'result');
    },
    async debianVersions() {
      return ['libssl-dev=3.0.22-1'];
    },
  };
}

function obtain(options = {}, env = {}) {
  return obtainWorker({
    packageFolder: join(folder, 'mediasoup'),
    cache: join(folder, 'cache'),
    env,
    progress: { say: (topic, text) => said.push(`${topic}: ${text}`) },
    means: means(options),
  });
}

describe('where the worker comes from', () => {
  test('MEDIASOUP_WORKER_BIN wins, and nothing is downloaded or built', async () => {
    const path = join(folder, 'mine');
    writeWorker(path);
    expect(await obtain({}, { MEDIASOUP_WORKER_BIN: path })).toEqual({ path, from: 'environment' });
    expect(calls).toEqual([]);
  });

  test('MEDIASOUP_WORKER_BIN that does not run is an error with the version to use, not a reason to build', async () => {
    const path = join(folder, 'broken');
    writeWorker(path, 1);
    await expect(obtain({}, { MEDIASOUP_WORKER_BIN: path })).rejects.toThrow(/version 9\.9\.9/);
    expect(calls).toEqual([]);
  });

  test('the official download is next, and is found in the cache from then on', async () => {
    const first = await obtain();
    expect(first.from).toBe('download');
    expect(calls[0]).toMatch(
      /^download https:\/\/example\.org\/mediasoup\/releases\/download\/9\.9\.9\/mediasoup-worker-9\.9\.9-/,
    );
    expect(await obtain()).toEqual({ path: first.path, from: 'cache' });
    expect(calls).toHaveLength(1);
  });

  test('a binary inside the npm package is used before any download', async () => {
    const path = join(folder, 'mediasoup/worker/out/Release/mediasoup-worker');
    writeWorker(path);
    expect(await obtain()).toEqual({ path, from: 'package' });
    expect(calls).toEqual([]);
  });

  test('a cached binary that no longer runs is replaced', async () => {
    const { path } = await obtain();
    writeWorker(path, 127);
    expect(await obtain()).toEqual({ path, from: 'download' });
  });

  test('without a download it is built, the reason is said, and no scratch folder stays', async () => {
    const { path, from } = await obtain({ prebuiltFailure: 'could not connect (10 s)' });
    expect(from).toBe('build');
    expect(existsSync(path)).toBe(true);
    expect(said).toContain('worker: official binary: could not connect (10 s)');
    expect(readdirSync(join(folder, 'cache')).filter((name) => name.startsWith('scratch-'))).toEqual([]);
  });

  test('MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD goes straight to the build', async () => {
    expect((await obtain({}, { MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD: '1' })).from).toBe('build');
    expect(calls).toEqual(['build']);
  });

  test('MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL names a mirror', async () => {
    await obtain({}, { MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: 'https://mirror.example/ms' });
    expect(calls[0]).toMatch(/^download https:\/\/mirror\.example\/ms\/9\.9\.9\/mediasoup-worker-9\.9\.9-.*\.tgz$/);
  });

  test('two set-ups at once make it once', async () => {
    const [one, two] = await Promise.all([obtain(), obtain()]);
    expect(one.path).toBe(two.path);
    expect(calls).toHaveLength(1);
  });
});

test('where nothing works, the message names the system, both reasons and the ways out', async () => {
  const attempt = obtain({
    prebuiltFailure: 'could not connect (10 s)',
    obstacle: 'needs apt-get and g++ 12 or newer',
  });
  await expect(attempt).rejects.toMatchObject({ name: 'SetupError' });
  const { message } = await attempt.catch((error) => error);
  expect(message).toContain(`No mediasoup-worker 9.9.9 for ${process.platform}/${process.arch}`);
  expect(message).toContain('prebuilt : could not connect (10 s)');
  expect(message).toContain('build    : needs apt-get and g++ 12 or newer');
  expect(message).toContain('MEDIASOUP_WORKER_BIN');
});
