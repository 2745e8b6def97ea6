import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

/** Programs the tests drive, the Debian package of each, and what it is for. */
const TOOLS = [
  { program: 'chromium', debianPackage: 'chromium', purpose: 'end-to-end tests' },
  { program: 'firefox-esr', debianPackage: 'firefox-esr', purpose: 'end-to-end tests' },
  { program: 'ip', debianPackage: 'iproute2', purpose: 'a private network for tests that cut it' },
  { program: 'iptables', debianPackage: 'iptables', purpose: 'cutting that network' },
  { program: 'turnutils_uclient', debianPackage: 'coturn', purpose: 'a foreign TURN client' },
];

/** Installs with apt what tests need and is missing; says what to do where that is not possible. */
export async function ensureTestTools({ progress, env = process.env }) {
  const missing = TOOLS.filter(({ program }) => !isOnPath(program, env));
  if (missing.length === 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  const list = missing.map(({ program, purpose }) => `  ${program} (${purpose})`).join('\n');
  if (process.platform !== 'linux' || !isOnPath('apt-get', env)) {
    throw new SetupError(
      `The tests need programs that are not installed:\n${list}\nThere is no apt-get here to install them with.`,
    );
  }
  const mayInstall = process.getuid?.() === 0;
  if (!mayInstall) {
    throw new SetupError(
      `The tests need programs that are not installed, and only root may install them:\n${list}\nRun once: sudo ${command}`,
    );
  }
  const step = progress.step('test tools', `apt-get install ${packages.join(' ')} (about 60 s)`);
  try {
    await install(packages, env);
  } catch (error) {
    step.failed();
    if (error.name !== 'CommandError') throw error;
    throw new SetupError(`${command} failed:\n${error.output.trimEnd().split('\n').slice(-8).join('\n')}`);
  }
  step.done(`${packages.join(', ')} installed`);
}

async function install(packages, env) {
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

function isOnPath(program, env) {
  // apt puts administration tools where an ordinary user's path does not lead.
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
