import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { Outcome, Remark } from './outcome.ts';

const longestMessage = 300;

/** A Vitest reporter that writes an {@link Outcome} as JSON into the file that `OUTCOME_FILE` names. */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly { message: string }[]): void {
    const file = process.env['OUTCOME_FILE'];
    if (file === undefined) throw new Error('OUTCOME_FILE does not say where to write the outcome');
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const ofState = (state: string) => tests.filter((test) => test.result().state === state);
    const brokenFiles = modules.flatMap((module) =>
      module.errors().map(({ message }) => ({ test: module.relativeModuleId, message: shorten(message) })),
    );
    const outcome: Outcome = {
      passed: ofState('passed').length,
      skipped: ofState('skipped').length,
      failures: [
        ...ofState('failed').map(remarkOn),
        ...brokenFiles,
        ...unhandledErrors.map(({ message }) => ({ test: 'outside any test', message: shorten(message) })),
      ],
      secondTries: tests.filter((test) => test.diagnostic()?.flaky === true).map(remarkOn),
    };
    writeFileSync(file, JSON.stringify(outcome));
  }
}

function remarkOn(test: TestCase): Remark {
  const message = test.result().errors?.[0]?.message ?? 'no message';
  return { test: `${test.module.relativeModuleId} > ${test.fullName}`, message: shorten(message) };
}

/** The first line carries what was missing; more is in the log above. */
function shorten(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, longestMessage);
}
