import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What a run came to; `failures`: file and title of each. */
export interface TestOutcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** The variable that names a file for the outcome of a run that is one of several, instead of a line. */
export const OUTCOME_FILE = 'ASSAY_TEST_OUTCOME';

/** Closes a test run with one plain line that any CI can read: `12 passed, 0 failed, 0 skipped`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const outcome = addOutcomes(modules.map(outcomeOf));
    const file = process.env[OUTCOME_FILE];
    if (file === undefined) process.stdout.write(`\n${formatOutcome(outcome)}\n`);
    else writeFileSync(file, JSON.stringify(outcome));
  }
}

export const addOutcomes = (outcomes: readonly TestOutcome[]): TestOutcome => ({
  passed: sum(outcomes.map(({ passed }) => passed)),
  failed: sum(outcomes.map(({ failed }) => failed)),
  skipped: sum(outcomes.map(({ skipped }) => skipped)),
  failures: outcomes.flatMap(({ failures }) => failures),
});

export function formatOutcome({ passed, failed, skipped, failures }: TestOutcome): string {
  const list = failures.map((failure) => `failed: ${failure}\n`).join('');
  return `${list}${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function outcomeOf(module: TestModule): TestOutcome {
  const tests = [...module.children.allTests()];
  const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
  const failures = tests
    .filter((test) => test.result().state === 'failed')
    .map((test) => `${module.relativeModuleId} > ${test.fullName}`);
  // A file that fails outside its tests: while it is imported, or before or after them.
  if (module.state() === 'failed' && failures.length === 0) failures.push(module.relativeModuleId);
  return { passed: count('passed'), failed: failures.length, skipped: count('skipped'), failures };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
