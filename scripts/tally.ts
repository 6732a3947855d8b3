/** The result of a test suite. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Why the suite failed apart from failed tests; undefined if it did not. */
  readonly problem?: string;
}

/** The part of jest's JSON report that a tally needs. */
interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/**
 * Counts the tests in jest's report. A missing report, a suite without tests, a skipped test and a file that cannot run
 * are failures, so that a missing part never looks like success.
 */
export function readTally(suite: string, report: string | undefined, exitCode: number): Tally {
  if (report === undefined)
    return { passed: 0, failed: 0, problem: `${suite} wrote no report (exit code ${exitCode})` };
  // SAFETY: jest's documented report.
  const counted = JSON.parse(report) as JestReport;
  const skipped = counted.numPendingTests + counted.numTodoTests;
  const problem = findProblem(counted, skipped, exitCode);
  return {
    passed: counted.numPassedTests,
    failed: counted.numFailedTests + counted.numRuntimeErrorTestSuites,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** The sum of tallies, without their problems. */
export function addTallies(tallies: readonly Tally[]): Pick<Tally, 'passed' | 'failed'> {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
  };
}

function findProblem(report: JestReport, skipped: number, exitCode: number): string | undefined {
  if (report.numRuntimeErrorTestSuites > 0) return `${report.numRuntimeErrorTestSuites} files failed to run`;
  if (skipped > 0) return `${skipped} tests were skipped`;
  if (report.numPassedTests + report.numFailedTests === 0) return 'no test ran';
  if (report.numFailedTests === 0 && (!report.success || exitCode !== 0))
    return `the runner failed (exit code ${exitCode})`;
  return undefined;
}
