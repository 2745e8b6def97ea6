import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { candidateVersions, unpackPackages } from './worker/debian.mjs';

/** Programs the tests drive. What is not required is used by tests that skip, with their reason, where it is missing. */
const TOOLS = [
  { program: 'chromium', debianPackage: 'chromium', purpose: 'end-to-end tests', isRequired: true },
  { program: 'firefox-esr', debianPackage: 'firefox-esr', purpose: 'end-to-end tests', isRequired: true },
  { program: 'ip', debianPackage: 'iproute2', purpose: 'tests in a network of their own', isRequired: false },
  { program: 'iptables', debianPackage: 'iptables', purpose: 'tests that cut that network', isRequired: false },
  { program: 'baresip', debianPackage: 'baresip-core', purpose: 'tests with a telephone', isRequired: false },
  { program: 'sipp', debianPackage: 'sip-tester', purpose: 'tests of SIP', isRequired: false },
  { program: 'sipsak', debianPackage: 'sipsak', purpose: 'tests with scanners', isRequired: false },
  { program: 'svmap', debianPackage: 'sipvicious', purpose: 'tests with scanners', isRequired: false },
  { program: 'kamailio', debianPackage: 'kamailio', purpose: 'tests with a telephone exchange', isRequired: false },
];

/**
 * Installs with apt what tests need and is missing; says what to do where that is not possible.
 * @param {{ cache: string, record: string, progress: import('./progress.mjs').Progress, env?: NodeJS.ProcessEnv }} input
 */
export async function ensureTestTools({ cache, record, progress, env = process.env }) {
  const missing = TOOLS.filter(({ program }) => !isOnPath(program, env));
  if (missing.length > 0) await installTools(missing, { progress, env });
  await ensureTurnClient({ cache, record, progress, env });
}

async function installTools(missing, { progress, env }) {
  const packages = missing.map(({ debianPackage }) => debianPackage);
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  const obstacle = !isOnPath('apt-get', env)
    ? 'There is no apt-get here to install them with; install them your own way.'
    : process.getuid?.() !== 0 && `Only root may install them; run once: sudo ${command}`;
  if (obstacle) {
    const list = missing.map(({ program, purpose }) => `  ${program} (${purpose})`).join('\n');
    const message = `Programs the tests use are missing:\n${list}\n${obstacle}`;
    if (missing.some(({ isRequired }) => isRequired)) throw new SetupError(message);
    return progress.say('test tools', message);
  }
  const step = progress.step('test tools', `apt-get install ${packages.join(' ')} (about a minute)`);
  try {
    await aptInstall(packages, env);
  } catch (error) {
    step.failed();
    if (error.name !== 'CommandError') throw error;
    throw new SetupError(`${command} failed:\n${error.output.trimEnd().split('\n').slice(-8).join('\n')}`);
  }
  step.done(`${packages.join(', ')} installed`);
}

async function aptInstall(packages, env) {
  const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 600_000 };
  const args = ['install', '-q', '-y', '--no-install-recommends', ...packages];
  try {
    await runCommand('apt-get', args, options);
  } catch (error) {
    if (error.name !== 'CommandError') throw error;
    // Most likely there is no package index yet, or one that names versions the mirror no longer has.
    await runCommand('apt-get', ['update', '-q'], options);
    await runCommand('apt-get', args, options);
  }
}

const TURN_PROGRAMS = ['turnutils_uclient', 'turnutils_peer', 'turnutils_stunclient', 'turnutils_natdiscovery'];

/**
 * coturn's client and its companions, foreign programs for the relay's tests, below node_modules/.parley/bin. The package
 * is unpacked instead of installed, because installing it would start a TURN server on this machine.
 */
async function ensureTurnClient({ cache, record, progress, env }) {
  const launchers = join(record, 'bin');
  if (TURN_PROGRAMS.every((program) => isOnPath(program, env) || existsSync(join(launchers, program)))) return;
  try {
    const folder = await unpackTurnClient(cache);
    const libraries = join(
      folder,
      'usr/lib',
      readdirSync(join(folder, 'usr/lib')).find((name) => name.endsWith('-gnu')) ?? '',
    );
    mkdirSync(launchers, { recursive: true });
    for (const program of TURN_PROGRAMS) {
      const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${join(folder, 'usr/bin', program)}' "$@"\n`;
      writeFileSync(join(launchers, program), script, { mode: 0o755 });
    }
  } catch (error) {
    if (error.name !== 'CommandError') throw error;
    progress.say('test tools', `no coturn client, tests that use it are skipped (${error.message})`);
  }
}

async function unpackTurnClient(cache) {
  const depends = await runCommand('apt-cache', ['depends', 'coturn'], { env: { ...process.env, LC_ALL: 'C' } });
  const packages = [
    'coturn',
    ...[...depends.matchAll(/Depends: (libevent-(?:core|extra)\S*)/g)].map(([, name]) => name),
  ];
  const versions = (await candidateVersions(packages, join(cache, 'apt-coturn.json'))) ?? packages;
  const folder = join(cache, versions[0].replace('=', '-'));
  if (existsSync(folder)) return folder;
  const scratch = mkdtempSync(join(cache, 'unpack-'));
  try {
    await unpackPackages(versions, { folder: join(scratch, 'packages'), root: join(scratch, 'root') });
    renameSync(join(scratch, 'root'), folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return folder;
}

function isOnPath(program, env) {
  // Tools for the administrator lie where an ordinary user's path does not lead.
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}
