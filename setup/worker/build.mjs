import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../run-command.mjs';
import { SetupError } from '../setup-error.mjs';
import { canRun } from './check.mjs';
import { compileAll } from './compile.mjs';
import { candidateVersions, fetchArchive, unpackPackages, updateIndex } from './debian.mjs';
import { debianPackages, sourceArchives } from './ingredients.mjs';
import { mesonSources } from './meson-sources.mjs';
import { applySourceChange, sourceChange } from './source-change.mjs';

const OWN_FILES = dirname(fileURLToPath(import.meta.url));
const NEEDED_GXX = 12;

/** Sources of libsrtp 2.7 for OpenSSL; its test vectors belong to the library, which checks itself in srtp_init. */
const LIBSRTP_SOURCES = [
  'srtp/srtp.c',
  ...['cipher', 'cipher_test_cases', 'null_cipher', 'aes_icm_ossl', 'aes_gcm_ossl'].map(
    (name) => `crypto/cipher/${name}.c`,
  ),
  ...['auth', 'auth_test_cases', 'null_auth', 'hmac_ossl'].map((name) => `crypto/hash/${name}.c`),
  ...['alloc', 'crypto_kernel', 'err', 'key'].map((name) => `crypto/kernel/${name}.c`),
  'crypto/math/datatypes.c',
  ...['rdb', 'rdbx'].map((name) => `crypto/replay/${name}.c`),
];

/**
 * Why this machine cannot build the worker, in one line; undefined if it can.
 * @returns {Promise<string | undefined>}
 */
export async function cannotBuildBecause({ platform = process.platform } = {}) {
  if (platform !== 'linux') return 'only written for Linux with Debian packages';
  const missing = [];
  for (const tool of ['apt-get', 'dpkg', 'tar', 'xz', 'gcc', 'ar']) {
    if (!(await isInstalled(tool))) missing.push(tool);
  }
  const gxx = await gxxMajor();
  if (gxx < NEEDED_GXX)
    missing.push(gxx === 0 ? `g++ ${NEEDED_GXX} or newer` : `g++ ${NEEDED_GXX} or newer (this one is ${gxx})`);
  if (missing.length === 0) return undefined;
  return missing.includes('apt-get')
    ? `needs a Debian-like system; not found: ${missing.join(', ')}`
    : `not found: ${missing.join(', ')} (remedy: apt-get install g++ xz-utils)`;
}

async function isInstalled(tool) {
  try {
    await runCommand(tool, ['--version']);
    return true;
  } catch {
    return false; // whatever the reason, the tool is of no use
  }
}

async function gxxMajor() {
  try {
    return Number.parseInt(await runCommand('g++', ['-dumpversion']), 10);
  } catch {
    return 0; // not there
  }
}

/**
 * Builds mediasoup-worker from the npm package and Debian's packages, without installing anything.
 * @param {{ packageFolder: string, version: string, archives: string, scratch: string, memoFile: string,
 *   progress: import('../progress.mjs').Progress }} input `scratch` is a fresh folder that the caller removes
 * @returns {Promise<string>} a folder below `scratch` with the binary and the licences of what is linked into it
 */
export async function buildWorker({ packageFolder, version, archives, scratch, memoFile, progress }) {
  const worker = join(packageFolder, 'worker');
  const root = join(scratch, 'root');
  await gatherPackages({ root, scratch, memoFile, progress });
  const libsrtpArchive = await fetchArchive(sourceArchives.libsrtp, archives);
  const rspamdArchive = await fetchArchive(sourceArchives.unorderedDense, archives);
  const multiarch = (await runCommand('gcc', ['-dumpmachine'])).trim();
  const systemIncludes = [join(root, 'usr/include'), join(root, 'usr/include', multiarch)];
  const libraries = join(root, 'usr/lib', multiarch);

  const step = progress.step('worker', `building mediasoup-worker ${version} (about 90 s on 2 cores)`);
  try {
    const libsrtp = await buildLibsrtp({ archive: libsrtpArchive, folder: join(scratch, 'libsrtp'), systemIncludes });
    const headers = await prepareHeaders({ archive: rspamdArchive, folder: join(scratch, 'include'), libsrtp });
    const generated = await generateFlatbuffers({ worker, root, libraries, folder: join(scratch, 'generated') });
    const objects = await compileAll({
      groups: await sourceGroups(worker, scratch),
      includes: [
        headers,
        ...systemIncludes,
        join(worker, 'include'),
        generated,
        join(worker, 'deps/libwebrtc'),
        join(worker, 'deps/libwebrtc/libwebrtc'),
      ],
      folder: mkdir(scratch, 'objects'),
      onProgress: (done, total) => step.count(done, total),
    });
    const result = mkdir(scratch, 'result');
    await link({ objects, libsrtp: libsrtp.library, libraries, binary: join(result, 'mediasoup-worker') });
    if (!(await canRun(join(result, 'mediasoup-worker')))) {
      throw new SetupError('The worker was built but does not run here. Please report this with the output above.');
    }
    copyLicences({ root, libsrtp, headers, packageFolder, to: mkdir(result, 'licences') });
    step.done(`mediasoup-worker ${version} built`);
    return result;
  } catch (error) {
    step.failed();
    throw error;
  }
}

async function gatherPackages({ root, scratch, memoFile, progress }) {
  const folder = join(scratch, 'packages');
  const versions = await candidateVersions(debianPackages, memoFile);
  if (versions !== undefined) {
    try {
      return await unpackPackages(versions, { folder, root });
    } catch (error) {
      if (error.name !== 'CommandError') throw error;
      // An index older than the mirror names versions that are gone; a new index helps.
      progress.say('apt', `could not download packages (${error.message})`);
    }
  }
  await updateIndex(progress);
  const updated = await candidateVersions(debianPackages, memoFile);
  if (updated === undefined) {
    throw new SetupError(`apt does not offer all of ${debianPackages.join(', ')} here; Debian 12 or newer does.`);
  }
  await unpackPackages(updated, { folder, root });
}

async function buildLibsrtp({ archive, folder, systemIncludes }) {
  mkdirSync(folder, { recursive: true });
  await runCommand('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
  const includes = [
    join(OWN_FILES, 'libsrtp'),
    join(folder, 'include'),
    join(folder, 'crypto/include'),
    ...systemIncludes,
  ];
  const objects = [];
  for (const source of LIBSRTP_SOURCES) {
    const object = join(folder, `${basename(source, '.c')}.o`);
    const flags = ['-O3', '-fPIC', '-DHAVE_CONFIG_H', ...includes.flatMap((path) => ['-I', path])];
    await runCommand('gcc', [...flags, '-c', join(folder, source), '-o', object]);
    objects.push(object);
  }
  const library = join(folder, 'libsrtp2.a');
  await runCommand('ar', ['rcs', library, ...objects]);
  return { folder, library };
}

/** The first folder on the include path: our srtp.h, libsrtp 2 as srtp2/, and ankerl/unordered_dense.h. */
async function prepareHeaders({ archive, folder, libsrtp }) {
  mkdirSync(folder, { recursive: true });
  cpSync(join(OWN_FILES, 'include'), folder, { recursive: true });
  cpSync(join(libsrtp.folder, 'include/srtp.h'), join(folder, 'srtp2/srtp.h'));
  const inArchive = sourceArchives.unorderedDense.folder;
  const strip = 1 + inArchive.split('/').length - 1;
  await runCommand('tar', [
    '-xJf',
    archive,
    '-C',
    folder,
    `--strip-components=${strip}`,
    '--wildcards',
    `*/${inArchive}/*`,
  ]);
  if (!existsSync(join(folder, 'ankerl/unordered_dense.h')))
    throw new SetupError(`${archive} has no unordered_dense.h`);
  return folder;
}

async function generateFlatbuffers({ worker, root, libraries, folder }) {
  const schemas = readdirSync(join(worker, 'fbs')).filter((name) => name.endsWith('.fbs'));
  const options = [
    '--cpp',
    '--cpp-field-case-style',
    'lower',
    '--reflect-names',
    '--scoped-enums',
    '--filename-suffix',
    '',
  ];
  await runCommand(
    join(root, 'usr/bin/flatc'),
    [...options, '-o', mkdir(folder, 'FBS'), ...schemas.map((name) => join(worker, 'fbs', name))],
    { env: { ...process.env, LD_LIBRARY_PATH: libraries } }, // newer releases link flatc to its own shared library
  );
  return folder;
}

async function sourceGroups(worker, scratch) {
  const core = mesonSources(await readFile(join(worker, 'meson.build'), 'utf8'), 'common_sources');
  const libwebrtcFolder = join(worker, 'deps/libwebrtc');
  const libwebrtc = mesonSources(await readFile(join(libwebrtcFolder, 'meson.build'), 'utf8'), 'libwebrtc_sources');
  const changed = join(mkdir(scratch, 'changed'), basename(sourceChange.file));
  await writeFile(changed, applySourceChange(await readFile(join(worker, sourceChange.file), 'utf8')));
  if (!core.includes(sourceChange.file))
    throw new SetupError(`mediasoup's meson.build no longer lists ${sourceChange.file}`);
  return [
    [...core, 'src/main.cpp'].map((file) => (file === sourceChange.file ? changed : join(worker, file))),
    libwebrtc.map((file) => join(libwebrtcFolder, file)),
  ];
}

async function link({ objects, libsrtp, libraries, binary }) {
  const names = readdirSync(libraries);
  const libuv = ['libuv.a', 'libuv_a.a'].find((name) => names.includes(name));
  if (libuv === undefined) throw new SetupError('libuv1-dev holds no static library on this release');
  const abseil = names.filter((name) => /^libabsl_.*\.a$/.test(name));
  const inLibraries = (files) => files.map((name) => join(libraries, name));
  await runCommand('g++', [
    ...['-pie', '-Wl,--gc-sections', '-s', '-o', binary],
    ...objects,
    libsrtp,
    ...inLibraries(['libssl.a', 'libcrypto.a', libuv]),
    ...['-Wl,--start-group', ...inLibraries(abseil), '-Wl,--end-group'],
    ...['-static-libstdc++', '-static-libgcc', '-lpthread', '-ldl'],
  ]);
  chmodSync(binary, 0o755);
}

function copyLicences({ root, libsrtp, headers, packageFolder, to }) {
  for (const name of debianPackages) {
    const file = join(root, 'usr/share/doc', name, 'copyright');
    if (existsSync(file)) cpSync(file, join(to, name));
  }
  cpSync(join(packageFolder, 'LICENSE'), join(to, 'mediasoup'));
  cpSync(join(packageFolder, 'worker/deps/libwebrtc/LICENSE'), join(to, 'libwebrtc'));
  cpSync(join(libsrtp.folder, 'LICENSE'), join(to, 'libsrtp'));
  cpSync(join(headers, 'ankerl/LICENSE'), join(to, 'unordered_dense'));
}

function mkdir(...parts) {
  const path = join(...parts);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}
