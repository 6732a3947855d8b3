import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addTallies, readTally, type Tally } from './tally.ts';

const ROOT = join(import.meta.dirname, '..');
const REPORTS = join(ROOT, 'test-reports');

/** Checks pass or fail; suites are jest projects, which count their tests. */
const CHECKS = {
  format: ['npm', 'run', '--silent', 'format:check'],
  lint: ['npm', 'run', '--silent', 'lint'],
  types: ['npm', 'run', '--silent', 'types'],
  build: ['npm', 'run', '--silent', 'build'],
} as const;
const SUITES = ['unit', 'integration', 'chart', 'e2e'] as const;

type Check = keyof typeof CHECKS;
type Suite = (typeof SUITES)[number];

const USAGE = `Usage: node scripts/test.ts [PART ...] [-- JEST ARGUMENTS]

Runs the parts in this order, all of them when none is named: ${Object.keys(CHECKS).join(', ')}, ${SUITES.join(', ')}.
A check that fails ends the run; the last line counts the tests of the suites.
`;

async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const separator = args.indexOf('--');
  const jestArguments = separator === -1 ? [] : args.slice(separator + 1);
  const parts = separator === -1 ? positionals : positionals.slice(0, positionals.length - jestArguments.length);
  const unknown = parts.find((part) => !isCheck(part) && !isSuite(part));
  if (unknown !== undefined) {
    console.error(`There is no part "${unknown}".\n\n${USAGE}`);
    return 2;
  }
  const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
  await rm(REPORTS, { recursive: true, force: true });
  await mkdir(REPORTS, { recursive: true });
  // SAFETY: Object.keys of a literal gives its keys.
  for (const check of (Object.keys(CHECKS) as Check[]).filter(wanted)) {
    if (!(await runCheck(check))) return 1;
  }
  return runSuites(SUITES.filter(wanted), jestArguments);
}

async function runCheck(check: Check): Promise<boolean> {
  heading(check);
  const begunMs = performance.now();
  const code = await run(CHECKS[check]);
  if (code === 0) console.log(`${check}: passed in ${seconds(begunMs)} s`);
  else console.error(`${check}: FAILED, see above; no tests were run`);
  return code === 0;
}

/** Runs every suite, also after one has failed, and prints the tally of all as the last line. */
async function runSuites(suites: readonly Suite[], jestArguments: readonly string[]): Promise<number> {
  if (suites.length === 0) return 0;
  const tallies: Tally[] = [];
  for (const suite of suites) tallies.push(await runSuite(suite, jestArguments));
  const total = addTallies(tallies);
  console.log();
  for (const [index, tally] of tallies.entries()) {
    const problem = tally.problem === undefined ? '' : ` — ${tally.problem}`;
    console.log(`${suites[index]}: ${tally.passed} passed, ${tally.failed} failed${problem}`);
  }
  console.log(`tests: ${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && tallies.every((tally) => tally.problem === undefined) ? 0 : 1;
}

async function runSuite(suite: Suite, jestArguments: readonly string[]): Promise<Tally> {
  heading(suite);
  const report = join(REPORTS, `${suite}.json`);
  const jest = ['npm', 'run', '--silent', 'jest', '--', '--selectProjects', suite, '--json', `--outputFile=${report}`];
  // A cluster is one: its tests take turns.
  const turns = suite === 'e2e' ? ['--runInBand'] : ['--maxWorkers=2'];
  const code = await run([...jest, ...turns, ...jestArguments]);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return readTally(suite, text, code);
}

/** Runs a command with its output shown as it comes; resolves to its exit code. */
function run([program = '', ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    // The JSON report goes to its file: what jest prints on standard output is for people as well.
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      if (signal === 'SIGINT' || signal === 'SIGTERM') process.exit(130);
      resolve(code ?? 1);
    });
  });
}

function heading(part: string): void {
  console.log(`\n── ${part} ${'─'.repeat(Math.max(0, 76 - part.length))}`);
}

function seconds(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(1);
}

function isCheck(part: string): part is Check {
  return Object.hasOwn(CHECKS, part);
}

function isSuite(part: string): part is Suite {
  return SUITES.some((suite) => suite === part);
}

process.exitCode = await main(process.argv.slice(2));
