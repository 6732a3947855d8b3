import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askFeatures, type ServerFeatures } from '../integration/testing/server-features.ts';
import {
  API_SERVER_VERSIONS,
  type ApiServerVersion,
  ensureApiServer,
  findApiServerVersion,
} from '../local-cluster/api-server-versions.ts';
import { ensureInstalled } from '../local-cluster/host/debian-packages.ts';
import { PROMETHEUS_REQUIREMENTS } from '../local-cluster/host/requirements.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { startApiServer } from '../controller-runtime/testing/api-server.ts';
import { REPORTS, runJest } from './run-jest.ts';
import { addTallies, type Tally } from './tally.ts';
import { renderVersionsPage, type TestedVersion, untestedVersion, type VersionResult } from './versions-page.ts';

const PAGE = join(import.meta.dirname, '..', 'docs', 'versions.md');

const USAGE = `Usage: node scripts/versions.ts [--ask] [VERSION ...] [-- JEST ARGUMENTS]

Runs the integration tests on the API server of each version of Kubernetes, or of those that are named, such as 1.30. Writes the
results to docs/versions.md unless there are jest arguments, which select tests. The last line counts the tests. With --ask, no
test runs: each API server is only asked what it offers.
`;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => stop.abort(new Error('stopped by a signal')));
}

async function main(args: readonly string[]): Promise<number> {
  const separator = args.indexOf('--');
  const jestArguments = separator === -1 ? [] : args.slice(separator + 1);
  const { positionals, values } = parseArgs({
    args: separator === -1 ? [...args] : args.slice(0, separator),
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, ask: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const versions = positionals.length === 0 ? API_SERVER_VERSIONS : positionals.map(findApiServerVersion);
  return values.ask === true ? askVersions(versions) : testVersions(versions, jestArguments);
}

/** Only asks each API server what it offers. */
async function askVersions(versions: readonly ApiServerVersion[]): Promise<number> {
  for (const version of versions) {
    const features = await featuresOf(await ensureApiServer(version, { log }, stop.signal));
    console.log(`${version.version}: ${JSON.stringify(features)}`);
    await updatePage({ ...version, tally: undefined, features });
  }
  return 0;
}

async function testVersions(versions: readonly ApiServerVersion[], jestArguments: readonly string[]): Promise<number> {
  await rm(REPORTS, { recursive: true, force: true });
  await mkdir(REPORTS, { recursive: true });
  await ensureTools(['etcd', 'kubeadm', 'kubectl', 'helm', 'helm3'], { log }, stop.signal);
  await ensureInstalled(PROMETHEUS_REQUIREMENTS, log, stop.signal);
  const tallies: Tally[] = [];
  for (const version of versions) {
    const result = await testVersion(version, jestArguments);
    if (jestArguments.length === 0) await updatePage(result);
    tallies.push(result.tally);
  }
  console.log();
  for (const [index, { passed, failed, problem }] of tallies.entries()) {
    const reason = problem === undefined ? '' : ` — ${problem}`;
    console.log(`${versions[index]?.version}: ${passed} passed, ${failed} failed${reason}`);
  }
  const total = addTallies(tallies);
  console.log(`tests: ${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && tallies.every(({ problem }) => problem === undefined) ? 0 : 1;
}

/** Tests one version. A version that cannot be built or started does not keep the next from running. */
async function testVersion(version: ApiServerVersion, jestArguments: readonly string[]): Promise<TestedVersion> {
  console.log(`\n── Kubernetes ${version.version} ${'─'.repeat(60)}`);
  try {
    const features = await featuresOf(await ensureApiServer(version, { log }, stop.signal));
    const tally = await runJest(
      {
        name: `integration-${version.minor}`,
        project: 'integration',
        args: ['--maxWorkers=2', ...jestArguments],
        env: { KUBERNETES_VERSION: version.minor },
      },
      stop.signal,
    );
    return { ...version, tally, features };
  } catch (error) {
    if (stop.signal.aborted) throw error;
    console.error(error);
    return untestedVersion(version);
  }
}

async function featuresOf(binaries: string): Promise<ServerFeatures> {
  await using server = await startApiServer({ binaries });
  return await askFeatures(server.client);
}

async function updatePage(result: VersionResult): Promise<void> {
  await writeFile(PAGE, renderVersionsPage([result], await readFile(PAGE, 'utf8').catch(() => '')));
}

function log(line: string): void {
  console.log(`  ${line}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(stop.signal.aborted ? 'stopped' : error instanceof Error ? error.message : error);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
