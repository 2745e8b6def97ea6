/**
 * First command of `npm start`, `npm test` and the other scripts: makes a bare clone ready to run.
 * Plain JavaScript without dependencies, for Node 20 or newer, because it runs before anything is installed.
 *
 *   node setup/prepare.mjs [--for=start|test|check]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheFolder } from './cache-folder.mjs';
import { warmCompileCache } from './compile-cache.mjs';
import { installDependencies, projectNode } from './dependencies.mjs';
import { withLock } from './lock.mjs';
import { ensureJitsiClient } from './jitsi-client.mjs';
import { createProgress } from './progress.mjs';
import { endRunningCommands } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { ensureTestTools } from './test-tools.mjs';
import { buildWeb } from './web-build.mjs';
import { obtainWorker } from './worker/obtain.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PURPOSES = ['start', 'test', 'check'];

async function prepare(purpose) {
  const progress = createProgress();
  const onWait = (holder) => progress.say('set-up', `${holder} is preparing this checkout already; waiting`);
  await withLock(join(root, '.setup.lock'), { onWait }, async () => {
    await installDependencies({ root, progress });
    const node = projectNode({ root });
    const record = join(root, 'node_modules/.parley');
    mkdirSync(record, { recursive: true });
    if (purpose === 'check') return;
    await prepareWorker({ record, progress });
    await prepareAddon({ progress });
    await buildWeb({ root, record, node, progress });
    await warmCompileCache({ root, record, node, progress });
    if (purpose !== 'test') return;
    await ensureTestTools({ cache: cacheFolder(), record, progress });
    await ensureJitsiClient({ cache: cacheFolder(), record, progress });
  });
}

/** Leaves the worker's path in node_modules/.parley/worker-path, where the server finds it. */
async function prepareWorker({ record, progress }) {
  const worker = await obtainWorker({
    packageFolder: join(root, 'node_modules/mediasoup'),
    cache: cacheFolder(),
    env: process.env,
    progress,
  });
  const file = join(record, 'worker-path');
  if (existsSync(file) && readFileSync(file, 'utf8') === worker.path) return;
  writeFileSync(file, worker.path);
  progress.say('worker', `using ${worker.path} (${worker.from})`);
}

/** The TURN relay's native addon. Without it the relay is slower and nothing else differs, so a failure is one line. */
async function prepareAddon({ progress }) {
  const builder = join(root, 'setup/addon/build.mjs');
  if (!existsSync(builder) || !existsSync(join(root, 'turn/io/native'))) return;
  try {
    const { buildAddon } = await import(pathToFileURL(builder).href);
    await buildAddon({ root, cache: cacheFolder(), progress });
  } catch (error) {
    progress.say('turn addon', `not built, the relay uses its slower portable path (${error.message.split('\n')[0]})`);
  }
}

function readPurpose(args) {
  const purpose = args.find((arg) => arg.startsWith('--for='))?.slice('--for='.length) ?? 'start';
  if (!PURPOSES.includes(purpose))
    throw new SetupError(`--for= takes one of ${PURPOSES.join(', ')}, not "${purpose}".`);
  return purpose;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    endRunningCommands();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

try {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new SetupError(`Set-up needs Node 20 or newer to begin with; this is ${process.versions.node}.`);
  }
  await prepare(readPurpose(process.argv.slice(2)));
} catch (error) {
  if (error.name !== 'SetupError') throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
