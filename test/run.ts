/**
 * What `npm test` runs after set-up: every check, as many at a time as there are cores, then unit, integration and
 * end-to-end tests; `--nightly` adds the long ones. The output of tests streams through. The summary names every test that
 * failed or passed only at its second try; the last line is `N passed, N failed[, N skipped]`, with each check counted as
 * one.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Outcome } from './outcome.ts';

interface Stage {
  readonly name: string;
  run(): Promise<Outcome>;
}

const root = join(import.meta.dirname, '..');
const outcomes = join(root, 'test/artefacts/outcomes');

function start(command: string, args: string[], output: 'pipe' | 'inherit', settings: Record<string, string> = {}) {
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...settings, PATH: path },
  });
  const status = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { child, status };
}

/** Its output is printed in one piece, since other checks run beside it. */
function check(name: string, command: string, ...args: string[]): Stage {
  return {
    name,
    async run() {
      const { child, status } = start(command, args, 'pipe');
      const printed = Promise.all([child.stdout, child.stderr].map(async (stream) => (stream ? text(stream) : '')));
      const isPassed = (await status) === 0;
      console.log(`\n── ${name}\n${(await printed).join('')}`);
      const failures = isPassed ? [] : [{ test: name, message: `${command} found something, see above` }];
      return { passed: isPassed ? 1 : 0, skipped: 0, failures, secondTries: [] };
    },
  };
}

function vitest(project: string): Stage {
  return {
    name: project,
    async run() {
      console.log(`\n── ${project}`);
      const file = join(outcomes, `${project}.json`);
      const reporters = ['--reporter=default', `--reporter=${join(root, 'test/outcome-reporter.ts')}`];
      const args = ['run', '--project', project, '--passWithNoTests', ...reporters];
      return readOutcome(file, await start('vitest', args, 'inherit', { OUTCOME_FILE: file }).status);
    },
  };
}

/** A crash of Vitest leaves no failed test to count, so it counts as one. */
function readOutcome(file: string, status: number | null): Outcome {
  let outcome: Outcome = { passed: 0, skipped: 0, failures: [], secondTries: [] };
  try {
    outcome = JSON.parse(readFileSync(file, 'utf8')) as Outcome;
  } catch (error) {
    console.error(`no outcome at ${file}: ${String(error)}`);
  }
  if (status === 0 || outcome.failures.length > 0) return outcome;
  return { ...outcome, failures: [{ test: 'vitest', message: `ended with status ${status}` }] };
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

const checks: Stage[] = [
  check('types', 'tsc', '-p', 'tsconfig.json'),
  check('types of the page', 'tsc', '-p', 'web/tsconfig.json'),
  check('types of tests', 'tsc', '-p', 'test/tsconfig.json'),
  check('lint', 'oxlint', '--type-aware', '--deny-warnings'),
  check('format', 'prettier', '--check', '--log-level=warn', '.'),
  check('unused code', 'knip'),
];
const tests: Stage[] = ['unit', 'integration', 'e2e', ...(process.argv.includes('--nightly') ? ['nightly'] : [])].map(
  vitest,
);

const startedAt = performance.now();
const summary: string[] = [];
let passed = 0;
let failed = 0;
let skipped = 0;

async function runNext(waiting: Iterator<Stage>): Promise<void> {
  for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
    const stage = next.value;
    const stageStartedAt = performance.now();
    const outcome = await stage.run();
    passed += outcome.passed;
    failed += outcome.failures.length;
    skipped += outcome.skipped;
    const { failures, secondTries } = outcome;
    summary.push(
      `${failures.length === 0 ? 'ok    ' : 'FAILED'} ${stage.name}: ${outcome.passed} passed, ${failures.length} failed (${seconds(stageStartedAt)})`,
      ...failures.map(({ test, message }) => `         failed: ${test}: ${message}`),
      ...secondTries.map(({ test, message }) => `         passed at the second try: ${test}: ${message}`),
    );
  }
}

async function runAll(stages: readonly Stage[], atATime: number): Promise<void> {
  const waiting = stages.values();
  await Promise.all(Array.from({ length: atATime }, () => runNext(waiting)));
}

rmSync(outcomes, { recursive: true, force: true });
mkdirSync(outcomes, { recursive: true });
await runAll(checks, availableParallelism());
await runAll(tests, 1);
console.log(`\n${summary.join('\n')}\ntotal ${seconds(startedAt)}`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
