import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deleteCluster, startCluster } from '../local-cluster/cluster.ts';
import { ensureInstalled } from '../local-cluster/host/debian-packages.ts';
import { PROMETHEUS_REQUIREMENTS } from '../local-cluster/host/requirements.ts';
import { buildProductImages } from '../local-cluster/images.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { TEST_CLUSTER, TEST_NODES } from '../e2e/testing/installation.ts';
import { addTallies, readTally, type Tally } from './tally.ts';

const ROOT = join(import.meta.dirname, '..');
const REPORTS = join(ROOT, 'test-reports');

/** Checks pass or fail; suites are jest projects and count their tests. */
const CHECKS = {
  format: ['npm', 'run', '--silent', 'format:check'],
  lint: ['npm', 'run', '--silent', 'lint'],
  types: ['npm', 'run', '--silent', 'types'],
  build: ['npm', 'run', '--silent', 'build'],
  audit: ['npm', 'run', '--silent', 'audit'],
} as const;
/** The exit code of a check that could not be done and has printed why. */
const NOT_DONE = 3;
const SUITES = ['unit', 'integration', 'chart', 'e2e', 'neighbors'] as const;
/** The suites whose tests share one cluster. */
const CLUSTER_SUITES: ReadonlySet<Suite> = new Set(['e2e', 'neighbors']);

/** Prepares what a suite needs, so that its progress is visible and no test times out meanwhile. */
const PREPARATIONS: Readonly<Record<Suite, (signal: AbortSignal) => Promise<void>>> = {
  unit: () => Promise.resolve(),
  integration: async (signal) => {
    await ensureTools(['etcd', 'kube-apiserver', 'kubeadm', 'kubectl', 'helm', 'helm3'], { log }, signal);
    await ensureInstalled(PROMETHEUS_REQUIREMENTS, log, signal);
  },
  chart: async (signal) => {
    await ensureTools(['helm', 'kube-score', 'actionlint', 'argo-cd-health'], { log }, signal);
    await ensureInstalled(PROMETHEUS_REQUIREMENTS, log, signal);
  },
  e2e: async (signal) => {
    await ensureTools(['helm3'], { log }, signal);
    await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES, log }, signal);
    await buildProductImages(log, signal);
  },
  neighbors: async (signal) => {
    await ensureTools(['helm3', 'argocd', 'kyverno'], { log }, signal);
    await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES, log }, signal);
    await buildProductImages(log, signal);
  },
};

type Check = keyof typeof CHECKS;
type Suite = (typeof SUITES)[number];

const USAGE = `Usage: node scripts/test.ts [PART ...] [-- JEST ARGUMENTS]

Runs the parts in this order, all of them when none is named: ${Object.keys(CHECKS).join(', ')}, ${SUITES.join(', ')}.
A failed check ends the run. The end of the output lists checks that were not done; the last line counts the tests.
`;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => stop.abort(new Error('stopped by a signal')));
}

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
    console.error(`Unknown part "${unknown}".\n\n${USAGE}`);
    return 2;
  }
  const isSelected = (part: string): boolean => parts.length === 0 || parts.includes(part);
  await rm(REPORTS, { recursive: true, force: true });
  await mkdir(REPORTS, { recursive: true });
  // SAFETY: the keys of this object are the checks.
  const notDone: Check[] = [];
  for (const check of (Object.keys(CHECKS) as Check[]).filter(isSelected)) {
    const code = await runCheck(check);
    if (code === NOT_DONE) notDone.push(check);
    else if (code !== 0) return 1;
  }
  return runSuites(SUITES.filter(isSelected), jestArguments, notDone);
}

async function runCheck(check: Check): Promise<number> {
  heading(check);
  const startedMs = performance.now();
  const code = await run(CHECKS[check]);
  if (code === 0) console.log(`${check}: passed in ${seconds(startedMs)} s`);
  else if (code === NOT_DONE) console.error(`${check}: NOT DONE, see above`);
  else console.error(`${check}: FAILED, see above; no tests ran`);
  return code;
}

/** Runs every suite, also after a failure, and prints the total as the last line. */
async function runSuites(
  suites: readonly Suite[],
  jestArguments: readonly string[],
  notDone: readonly Check[],
): Promise<number> {
  if (suites.length === 0) return 0;
  const tallies: Tally[] = [];
  for (const suite of suites) tallies.push(await runSuite(suite, jestArguments));
  const total = addTallies(tallies);
  console.log();
  for (const [index, tally] of tallies.entries()) {
    const problem = tally.problem === undefined ? '' : ` — ${tally.problem}`;
    console.log(`${suites[index]}: ${tally.passed} passed, ${tally.failed} failed${problem}`);
  }
  for (const check of notDone) console.log(`${check}: NOT DONE, see the part "${check}" above`);
  console.log(`tests: ${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && tallies.every((tally) => tally.problem === undefined) ? 0 : 1;
}

async function runSuite(suite: Suite, jestArguments: readonly string[]): Promise<Tally> {
  heading(suite);
  try {
    await PREPARATIONS[suite](stop.signal);
    return await runJest(suite, jestArguments);
  } catch (error) {
    if (stop.signal.aborted) throw error;
    console.error(error);
    return { passed: 0, failed: 0, problem: `preparation failed: ${String(error)}` };
  } finally {
    if (CLUSTER_SUITES.has(suite) && process.env['KEEP_CLUSTER'] === undefined) {
      await deleteCluster({ name: TEST_CLUSTER });
    }
  }
}

async function runJest(suite: Suite, jestArguments: readonly string[]): Promise<Tally> {
  const report = join(REPORTS, `${suite}.json`);
  const jest = ['npm', 'run', '--silent', 'jest', '--', '--selectProjects', suite, '--json', `--outputFile=${report}`];
  const workers = CLUSTER_SUITES.has(suite) ? ['--runInBand'] : ['--maxWorkers=2'];
  const code = await run([...jest, ...workers, ...jestArguments]);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return readTally(suite, text, code);
}

/** Runs a command with its output inherited; resolves to its exit code. */
async function run([program = '', ...args]: readonly string[]): Promise<number> {
  stop.signal.throwIfAborted();
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  const end = (): void => void child.kill('SIGTERM');
  stop.signal.addEventListener('abort', end);
  const [code] = await once(child, 'close');
  stop.signal.removeEventListener('abort', end);
  stop.signal.throwIfAborted();
  return typeof code === 'number' ? code : 1;
}

function log(line: string): void {
  console.log(`  ${line}`);
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

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(stop.signal.aborted ? 'stopped' : error);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
