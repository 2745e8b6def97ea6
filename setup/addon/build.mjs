import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from '../lock.mjs';
import { runCommand } from '../run-command.mjs';
import { projectNode } from '../dependencies.mjs';

const COMPILER_FLAGS = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-DNODE_GYP_MODULE_NAME=relay_io',
];
const COMPILE_TIMEOUT_MS = 120_000;

/**
 * Builds the TURN relay's addon (turn/io/native) with the compiler that is there, keeps it in the user's cache and leaves
 * its path in node_modules/.parley/turn-addon-path, where the relay looks. Node-API keeps its binary interface, so one
 * build serves every later Node of this platform.
 * @param {{ root: string, cache: string, progress: import('../progress.mjs').Progress }} options
 * @returns {Promise<string>} the addon's path
 * @throws {Error} when there is no compiler, no Node headers, another system than Linux, or the addon does not load
 */
export async function buildAddon({ root, cache, progress }) {
  const record = join(root, 'node_modules/.parley/turn-addon-path');
  rmSync(record, { force: true });
  if (process.platform !== 'linux') throw new Error('only written for Linux');
  const sources = readSources(join(root, 'turn/io/native'));
  const node = projectNode({ root });
  const folder = join(cache, 'turn-addon', cacheKey(sources));
  const addon = join(folder, 'relay_io.node');
  if (!existsSync(addon)) {
    await withLock(join(cache, 'turn-addon', '.lock'), {}, async () => {
      if (existsSync(addon)) return;
      const step = progress.step('turn addon', 'compiling');
      try {
        await compile({ sources, headers: findHeaders(root, node), folder, addon, node });
      } catch (error) {
        step.failed();
        throw error;
      }
      step.done('built');
    });
  }
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, addon);
  return addon;
}

function readSources(folder) {
  return readdirSync(folder)
    .filter((name) => /\.(cc|h)$/.test(name))
    .toSorted()
    .map((name) => ({ name, path: join(folder, name), content: readFileSync(join(folder, name)) }));
}

function cacheKey(sources) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([process.platform, process.arch, COMPILER_FLAGS]));
  for (const { name, content } of sources) hash.update(`\0${name}\0`).update(content);
  return hash.digest('hex').slice(0, 16);
}

/** The headers come with the platform package of Node, or with an installed Node. */
function findHeaders(root, node) {
  const candidates = [
    join(root, `node_modules/node-linux-${process.arch}/include/node`),
    join(dirname(dirname(node)), 'include/node'),
    '/usr/include/node',
  ];
  const found = candidates.find((folder) => existsSync(join(folder, 'node_api.h')) && existsSync(join(folder, 'uv.h')));
  if (found === undefined) throw new Error('the headers of Node are not installed');
  return found;
}

async function compile({ sources, headers, folder, addon, node }) {
  mkdirSync(folder, { recursive: true });
  const unfinished = `${addon}.${process.pid}.tmp.node`;
  const units = sources.filter(({ name }) => name.endsWith('.cc')).map(({ path }) => path);
  try {
    await runCommand('g++', [...COMPILER_FLAGS, `-I${headers}`, ...units, '-o', unfinished], {
      timeoutMs: COMPILE_TIMEOUT_MS,
    });
    // An addon that does not load must not stay in the cache.
    await runCommand(node, ['-e', 'require(process.argv[1]).create', unfinished], { timeoutMs: 10_000 });
    renameSync(unfinished, addon);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
