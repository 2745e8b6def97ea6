import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runCommand } from '../run-command.mjs';
import { SetupError } from '../setup-error.mjs';

const APT_LISTS = '/var/lib/apt/lists';
const APT_HELPER = '/usr/lib/apt/apt-helper';

/**
 * The version apt would install of each package, as `name=version`. Reading apt's index takes it most of a second, so
 * the answer is kept until the index or the list of installed packages changes.
 * @param {string[]} packages @param {string} memoFile
 * @returns {Promise<string[] | undefined>} undefined when apt is missing or does not know them all
 */
export async function candidateVersions(packages, memoFile) {
  if (!existsSync(APT_LISTS)) return undefined;
  const fingerprint = createHash('sha256').update(packages.join()).update(aptState()).digest('hex');
  const memo = readJson(memoFile);
  if (memo?.fingerprint === fingerprint) return memo.versions;
  let text;
  try {
    text = await runCommand('apt-cache', ['policy', ...packages], { env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    if (error.name === 'CommandError') return undefined;
    throw error;
  }
  const versions = [...text.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (\S+)$/gm)]
    .filter(([, , version]) => version !== '(none)')
    .map(([, name, version]) => `${name}=${version}`);
  if (versions.length !== packages.length) return undefined;
  writeFileSync(memoFile, JSON.stringify({ fingerprint, versions }));
  return versions;
}

function aptState() {
  const files = readdirSync(APT_LISTS).map((name) => join(APT_LISTS, name));
  return [...files, '/var/lib/dpkg/status', '/etc/apt', '/etc/apt/sources.list.d', '/etc/apt/preferences.d']
    .map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return `${path} ${stats?.mtimeMs} ${stats?.size}`;
    })
    .join('\n');
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // absent or damaged: it is only a memo and gets written again
  }
}

/** `apt-get update`, if we may; without an index apt can download nothing. */
export async function updateIndex(progress) {
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      'apt has no usable package index (fresh or old system image). Run "sudo apt-get update" once, then try again.',
    );
  }
  const step = progress.step('apt', 'reading the package index (apt-get update)');
  await runCommand('apt-get', ['update', '-q'], { timeoutMs: 300_000 });
  step.done('package index is up to date');
}

/** Downloads binary packages and unpacks them below `root`; installs nothing and needs no rights. */
export async function unpackPackages(versions, { folder, root }) {
  mkdirSync(folder, { recursive: true });
  mkdirSync(root, { recursive: true });
  // As root, apt would drop to a user that may not write here, warn about it and go on as root anyway.
  const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
  await runCommand('apt-get', [...sandbox, 'download', '-q', ...versions], { cwd: folder, timeoutMs: 120_000 });
  const archives = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) await runCommand('dpkg', ['-x', join(folder, archive), root]);
}

/** Fetches a pinned archive from the first mirror apt is configured with; apt itself checks the hash. */
export async function fetchArchive({ path, sha256 }, folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, basename(path));
  if (existsSync(file) && sha256Of(file) === sha256) return file;
  const mirror = await mirrorRoot();
  await runCommand(APT_HELPER, ['download-file', `${mirror}${path}`, file, `SHA256:${sha256}`], { timeoutMs: 120_000 });
  return file;
}

async function mirrorRoot() {
  const text = await runCommand('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const mirrors = text.split('\n').filter((line) => line !== '' && !line.includes('security'));
  if (mirrors[0] === undefined)
    throw new SetupError('apt has no Debian mirror configured (see /etc/apt/sources.list.d).');
  return mirrors[0].endsWith('/') ? mirrors[0] : `${mirrors[0]}/`;
}

function sha256Of(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
