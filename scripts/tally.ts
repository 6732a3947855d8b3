/** How the tests of a suite went. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Why the suite failed apart from its failed tests; undefined when there is no such reason. */
  readonly problem?: string;
}

/** The part of jest's JSON report that is counted. */
interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/**
 * Counts a suite by its runner's own report. A missing report, a suite without tests, a skipped test and a file that
 * could not be run are failures: a part that is silently not there must not look like success.
 */
export function readTally(suite: string, report: string | undefined, exitCode: number): Tally {
  if (report === undefined) return { passed: 0, failed: 0, problem: `${suite} left no report (exit code ${exitCode})` };
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
  if (report.numRuntimeErrorTestSuites > 0) return `${report.numRuntimeErrorTestSuites} files could not be run`;
  if (skipped > 0) return `${skipped} tests were skipped`;
  if (report.numPassedTests + report.numFailedTests === 0) return 'no test was run';
  if (report.numFailedTests === 0 && (!report.success || exitCode !== 0))
    return `the runner failed (exit code ${exitCode})`;
  return undefined;
}
