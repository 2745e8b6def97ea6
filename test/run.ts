/**
 * What `npm test` runs after set-up: every check, then unit, integration and end-to-end tests; `--nightly` adds the long
 * ones. Output streams through; the last line is `N passed, N failed[, N skipped]`, counted from Vitest's reports, with
 * each check counted as one.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

interface Stage {
  name: string;
  run(): Promise<Outcome>;
}

const root = join(import.meta.dirname, '..');
const reports = join(root, 'test/artefacts/reports');

function check(name: string, command: string, ...args: string[]): Stage {
  return {
    name,
    async run() {
      const isPassed = (await statusOf(command, args)) === 0;
      return { passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, skipped: 0 };
    },
  };
}

function vitest(project: string): Stage {
  return {
    name: project,
    async run() {
      const report = join(reports, `${project}.json`);
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const status = await statusOf('vitest', ['run', '--project', project, '--passWithNoTests', ...reporters]);
      return readReport(report, status);
    },
  };
}

/** A file that fails to load, a crash of Vitest or an error outside any test has no failed test to count, so it counts as one. */
function readReport(file: string, status: number | null): Outcome {
  let outcome: Outcome = { passed: 0, failed: 0, skipped: 0 };
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    outcome = {
      passed: report['numPassedTests'] ?? 0,
      failed: report['numFailedTests'] ?? 0,
      skipped: (report['numPendingTests'] ?? 0) + (report['numTodoTests'] ?? 0),
    };
  } catch (error) {
    console.error(`no report at ${file}: ${String(error)}`);
  }
  return status !== 0 && outcome.failed === 0 ? { ...outcome, failed: 1 } : outcome;
}

function statusOf(command: string, args: string[]): Promise<number | null> {
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: path },
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

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const startedAt = performance.now();
const total: Outcome = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];
for (const stage of stages) {
  console.log(`\n── ${stage.name}`);
  const stageStartedAt = performance.now();
  const { passed, failed, skipped } = await stage.run();
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  summary.push(
    `${failed === 0 ? 'ok    ' : 'FAILED'} ${stage.name}: ${passed} passed, ${failed} failed (${seconds(stageStartedAt)})`,
  );
}
console.log(`\n${summary.join('\n')}\ntotal ${seconds(startedAt)}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed === 0 ? 0 : 1;
