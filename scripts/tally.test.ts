import { describe, expect, it } from '@jest/globals';
import { addTallies, readTally } from './tally.ts';

const GOOD = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

describe('readTally', () => {
  it('counts passed and failed tests', () => {
    const report = JSON.stringify({ ...GOOD, success: false, numFailedTests: 2 });
    expect(readTally('unit', report, 1)).toEqual({ passed: 3, failed: 2 });
  });

  it.each([
    ['there is no report', undefined, 1, 'unit wrote no report (exit code 1)'],
    ['no test ran', { ...GOOD, numPassedTests: 0 }, 0, 'no test ran'],
    ['a test was skipped', { ...GOOD, numPendingTests: 1 }, 0, '1 tests were skipped'],
    ['a test is a todo', { ...GOOD, numTodoTests: 1 }, 0, '1 tests were skipped'],
    ['a file failed to run', { ...GOOD, success: false, numRuntimeErrorTestSuites: 1 }, 1, '1 files failed to run'],
    ['the runner failed without a failed test', { ...GOOD, success: false }, 1, 'the runner failed (exit code 1)'],
    ['the runner crashed after the report', GOOD, 134, 'the runner failed (exit code 134)'],
  ])('reports a problem when %s', (_case, report, exitCode, problem) => {
    const text = report === undefined ? undefined : JSON.stringify(report);
    expect(readTally('unit', text, exitCode).problem).toBe(problem);
  });

  it('counts a file that failed to run as a failed test', () => {
    const report = JSON.stringify({ ...GOOD, success: false, numRuntimeErrorTestSuites: 1 });
    expect(readTally('unit', report, 1).failed).toBe(1);
  });
});

describe('addTallies', () => {
  it('sums passed and failed tests', () => {
    expect(
      addTallies([
        { passed: 1, failed: 0 },
        { passed: 2, failed: 3, problem: 'x' },
      ]),
    ).toEqual({ passed: 3, failed: 3 });
  });
});
