/**
 * What `npm test` runs after set-up: every check, then unit, integration and end-to-end tests; `--nightly` adds the long
 * ones. Output streams through. The summary names every test that failed or passed only at its second try; the last line
 * is `N passed, N failed[, N skipped]`, with each check counted as one.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './outcome.ts';

interface Stage {
  name: string;
  run(): Promise<Outcome>;
}

const root = join(import.meta.dirname, '..');
const outcomes = join(root, 'test/artefacts/outcomes');

function check(name: string, command: string, ...args: string[]): Stage {
  return {
    name,
    async run() {
      const isPassed = (await statusOf(command, args)) === 0;
      const failures = isPassed ? [] : [{ test: name, message: `${command} found something, see above` }];
      return { passed: isPassed ? 1 : 0, skipped: 0, failures, secondTries: [] };
    },
  };
}

function vitest(project: string): Stage {
  return {
    name: project,
    async run() {
      const file = join(outcomes, `${project}.json`);
      const reporters = ['--reporter=default', `--reporter=${join(root, 'test/outcome-reporter.ts')}`];
      const args = ['run', '--project', project, '--passWithNoTests', ...reporters];
      const status = await statusOf('vitest', args, { OUTCOME_FILE: file });
      return readOutcome(file, status);
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

function statusOf(command: string, args: string[], settings: Record<string, string> = {}): Promise<number | null> {
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...settings, PATH: path },
    });
    child.once('error', reject);
    child.once('close', resolve);
  });
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

const stages: Stage[] = [
  check('types', 'tsc', '-p', 'tsconfig.json'),
  check('types of the page', 'tsc', '-p', 'web/tsconfig.json'),
  check('types of tests', 'tsc', '-p', 'test/tsconfig.json'),
  check('lint', 'oxlint', '--type-aware', '--deny-warnings'),
  check('format', 'prettier', '--check', '--log-level=warn', '.'),
  check('unused code', 'knip'),
  vitest('unit'),
  vitest('integration'),
  vitest('e2e'),
  ...(process.argv.includes('--nightly') ? [vitest('nightly')] : []),
];

rmSync(outcomes, { recursive: true, force: true });
mkdirSync(outcomes, { recursive: true });
const startedAt = performance.now();
const summary: string[] = [];
let passed = 0;
let failed = 0;
let skipped = 0;
for (const stage of stages) {
  console.log(`\n── ${stage.name}`);
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
console.log(`\n${summary.join('\n')}\ntotal ${seconds(startedAt)}`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
