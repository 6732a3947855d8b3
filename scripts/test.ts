import { mkdir, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ensureApiServer, OLDEST_API_SERVER } from '../local-cluster/api-server-versions.ts';
import { deleteCluster, startCluster } from '../local-cluster/cluster.ts';
import { ensureInstalled } from '../local-cluster/host/debian-packages.ts';
import {
  DOCKER_REQUIREMENTS,
  PODMAN_REQUIREMENTS,
  PROMETHEUS_REQUIREMENTS,
  type Requirement,
} from '../local-cluster/host/requirements.ts';
import { buildProductImages } from '../local-cluster/images.ts';
import { buildBaseImages } from '../local-cluster/images/base-images.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { TEST_CLUSTER, TEST_NODES } from '../e2e/testing/installation.ts';
import { type JestRun, REPORTS, run, runJest } from './run-jest.ts';
import { addTallies, type Tally } from './tally.ts';
import { VERSION_INDEPENDENT } from './version-independent.ts';

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
const SUITES = [
  'unit',
  'integration',
  'integration-oldest',
  'chart',
  'e2e',
  'any-cluster',
  'podman',
  'nodes',
  'neighbors',
] as const;
/** The suites that run only when they are named: on a schedule and before a release. */
const SCHEDULED: ReadonlySet<string> = new Set<Suite>(['podman', 'nodes', 'neighbors']);
/** The suites whose tests share one cluster. */
const CLUSTER_SUITES: ReadonlySet<Suite> = new Set(['e2e', 'any-cluster', 'podman', 'nodes', 'neighbors']);

/** Prepares what a suite needs, so that its progress is visible and no test times out meanwhile. */
const PREPARATIONS: Readonly<Record<Suite, (signal: AbortSignal) => Promise<void>>> = {
  unit: () => Promise.resolve(),
  integration: prepareIntegration,
  'integration-oldest': async (signal) => {
    await prepareIntegration(signal);
    await ensureApiServer(OLDEST_API_SERVER, { log }, signal);
  },
  chart: async (signal) => {
    await ensureTools(['helm', 'kube-score', 'actionlint', 'argo-cd-health'], { log }, signal);
    await ensureInstalled(PROMETHEUS_REQUIREMENTS, log, signal);
  },
  e2e: prepareCluster,
  nodes: prepareCluster,
  'any-cluster': (signal) => prepareEngine(DOCKER_REQUIREMENTS, signal),
  podman: (signal) => prepareEngine(PODMAN_REQUIREMENTS, signal),
  neighbors: async (signal) => {
    await ensureTools(['helm3', 'argocd', 'kyverno'], { log }, signal);
    await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES, log }, signal);
    await buildProductImages(log, signal);
  },
};

async function prepareEngine(engine: readonly Requirement[], signal: AbortSignal): Promise<void> {
  await ensureTools(['registry'], { log }, signal);
  await ensureInstalled(engine, log, signal);
  await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES, log }, signal);
  await buildBaseImages(log, signal);
}

async function prepareCluster(signal: AbortSignal): Promise<void> {
  await ensureTools(['helm3'], { log }, signal);
  await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES, log }, signal);
  await buildProductImages(log, signal);
}

type Check = keyof typeof CHECKS;
type Suite = (typeof SUITES)[number];

const USAGE = `Usage: node scripts/test.ts [PART ...] [-- JEST ARGUMENTS]

Runs the parts in this order: ${Object.keys(CHECKS).join(', ')}, ${SUITES.join(', ')}.
When no part is named, it runs all but ${[...SCHEDULED].join(', ')}.
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
  const isSelected = (part: string): boolean => (parts.length === 0 ? !SCHEDULED.has(part) : parts.includes(part));
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
  const code = await run(CHECKS[check], stop.signal);
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
    return await runJest({ name: suite, ...jestRunOf(suite, jestArguments) }, stop.signal);
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

async function prepareIntegration(signal: AbortSignal): Promise<void> {
  await ensureTools(['etcd', 'kube-apiserver', 'kubeadm', 'kubectl', 'helm', 'helm3'], { log }, signal);
  await ensureInstalled(PROMETHEUS_REQUIREMENTS, log, signal);
}

/** How jest runs a suite. */
function jestRunOf(suite: Suite, jestArguments: readonly string[]): Omit<JestRun, 'name'> {
  if (suite === 'integration-oldest') {
    const ignored = ['/node_modules/', '/dist/', ...Object.keys(VERSION_INDEPENDENT)];
    return {
      project: 'integration',
      args: ['--maxWorkers=2', `--testPathIgnorePatterns=${ignored.join('|')}`, ...jestArguments],
      env: { KUBERNETES_VERSION: OLDEST_API_SERVER.minor },
    };
  }
  const workers = CLUSTER_SUITES.has(suite) ? '--runInBand' : '--maxWorkers=2';
  return { project: suite, args: [workers, ...jestArguments] };
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
