import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { freemem, availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.mjs';

/** Measured: 16 files per compiler run cost a quarter of the time of one each; more gained nothing. */
const BATCH_SIZE = 16;

/** One compiler process needs about 0.6 GB. */
const BYTES_PER_JOB = 700_000_000;

/**
 * Compiled alone because they clash in ways `fileScopeNames` does not see: names inside macros and unnamed namespaces,
 * and (Feedback.cpp) templates that must be specialised before another file uses them.
 */
const COMPILED_ALONE = [
  'RTC/PortManager.cpp',
  'RTC/RTCP/Feedback.cpp',
  'RTC/BWE/TargetRateController.cpp',
  'RTC/SCTP/association/TransmissionControlBlock.cpp',
  'goog_cc/trendline_estimator.cc',
];

const FLAGS = [
  '-std=c++20',
  '-O3',
  '-DNDEBUG',
  '-fPIC',
  '-ffunction-sections',
  '-fdata-sections',
  '-DMS_LITTLE_ENDIAN',
  '-DMS_EXECUTABLE',
  '-DFLATBUFFERS_LOCALE_INDEPENDENT=1',
];

/**
 * Compiles C++ files in batches: one generated file includes many sources, so that common headers are read once.
 * A batch that does not compile is done again file by file, so a clash of names costs time, not the build.
 * @param {{ groups: string[][], includes: string[], folder: string, onProgress: (done: number, total: number) => void }} work
 *   groups of absolute source paths that must not be mixed in one batch
 * @returns {Promise<string[]>} the object files
 */
export async function compileAll({ groups, includes, folder, onProgress }) {
  const flags = [...FLAGS, ...includes.flatMap((path) => ['-I', path])];
  const batches = groups.flatMap((sources) =>
    toBatches(sources, (source) => fileScopeNames(readFileSync(source, 'utf8'))),
  );
  let done = 0;
  const compile = async (sources, name) => {
    const unit = join(folder, `${name}.cpp`);
    const object = join(folder, `${name}.o`);
    await writeFile(unit, sources.map((source) => `#include "${source}"\n#undef MS_CLASS\n`).join(''));
    await runCommand('nice', ['-n', '10', 'g++', ...flags, '-c', unit, '-o', object]);
    return object;
  };
  const compileBatch = async ([index, sources]) => {
    let objects;
    try {
      objects = [await compile(sources, `batch-${index}`)];
    } catch (error) {
      if (error.name !== 'CommandError' || sources.length === 1) throw error;
      objects = [];
      for (const source of sources) objects.push(await compile([source], `batch-${index}-file-${objects.length}`));
    }
    onProgress(++done, batches.length);
    return objects;
  };
  const results = await inParallel([...batches.entries()], jobs(), compileBatch);
  return results.flat();
}

/** Names a C++ file defines for itself at file or namespace scope; two files that share one cannot be in one batch. */
export function fileScopeNames(text) {
  const definitions = text.matchAll(
    /^\t{0,3}(?:alignas\(\w+\) )?(?:static|inline|constexpr)\b[^(){}=;\n]*?(\w+)(?:\[\w*\])?\s*[({=;]/gm,
  );
  return new Set([...definitions].map(([, name]) => name));
}

/**
 * Deals the sources out evenly, each to the emptiest batch with which it shares no name.
 * @param {string[]} sources @param {(source: string) => Set<string>} namesOf
 * @returns {string[][]}
 */
export function toBatches(sources, namesOf) {
  const together = sources.filter((source) => !isAlone(source));
  const batches = Array.from({ length: Math.ceil(together.length / BATCH_SIZE) }, () => ({
    sources: [],
    names: new Set(),
  }));
  for (const source of together) {
    const names = namesOf(source);
    let batch = batches
      .toSorted(smallestFirst)
      .find((candidate) => [...names].every((name) => !candidate.names.has(name)));
    if (batch === undefined) batches.push((batch = { sources: [], names: new Set() }));
    batch.sources.push(source);
    for (const name of names) batch.names.add(name);
  }
  return [...batches.map((batch) => batch.sources), ...sources.filter(isAlone).map((source) => [source])];
}

function isAlone(source) {
  return COMPILED_ALONE.some((end) => source.endsWith(end));
}

function smallestFirst(a, b) {
  return a.sources.length - b.sources.length;
}

function jobs() {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / BYTES_PER_JOB)));
}

async function inParallel(items, limit, action) {
  const results = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await action(item);
  };
  await Promise.all(Array.from({ length: limit }, lane));
  return results;
}
