import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeParentChart } from './parent-chart.ts';
import { CHART_DIRECTORY } from './render-chart.ts';
import {
  CRD_NAME,
  failureOf,
  HELM_TIMEOUT_MS,
  HELMS,
  NAMESPACE,
  START_TIMEOUT_MS,
  startTestApiServer,
  type TestApiServer,
} from './test-api-server.ts';

const RELEASE = 'platform';

let cluster: TestApiServer;
let directory: string;

beforeAll(async () => {
  cluster = await startTestApiServer();
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

beforeEach(async () => {
  directory = await mkdtemp(join(cluster.apiServer.directory, 'parent-'));
});

afterEach(async () => {
  await cluster.helm('uninstall', RELEASE, '--ignore-not-found');
  await cluster.kubectl('delete', 'crd', CRD_NAME, '--ignore-not-found');
  await rm(directory, { recursive: true });
});

/** What the release has created, apart from the release itself and the Lease. */
async function objectsOfTheRelease(): Promise<readonly string[]> {
  const kinds = 'deployments,services,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings';
  const output = await cluster.kubectl(
    'get',
    kinds,
    '-l',
    'app.kubernetes.io/part-of=temperature-converter',
    '-o',
    'name',
  );
  return output.split('\n').filter((name) => name !== '');
}

async function ports(): Promise<string> {
  const columns = '-o=jsonpath={range .items[*]}{.metadata.name} {.spec.service.port}\n{end}';
  return cluster.kubectl('get', 'tc', columns);
}

describe.each(HELMS)('with %s, a parent chart', (_version, program) => {
  it(
    'installs the chart twice by aliases, upgrades both, and disables one',
    async () => {
      const watched = { watchNamespaces: [NAMESPACE] };
      const parent = await writeParentChart(directory, {
        name: 'platform',
        dependencies: ['left', 'right'].map((alias) => ({
          alias,
          condition: `${alias}.enabled`,
          repository: `file://${CHART_DIRECTORY}`,
        })),
        values: { left: { enabled: true, ...watched }, right: { enabled: true, ...watched, service: { port: 81 } } },
      });
      await cluster[program]('dependency', 'update', parent);
      await cluster[program]('install', RELEASE, parent);
      expect(await ports()).toBe('platform-left 80\nplatform-right 81\n');
      await cluster[program]('upgrade', RELEASE, parent, '--set', 'left.service.port=8080');
      expect(await ports()).toBe('platform-left 8080\nplatform-right 81\n');
      await cluster[program]('upgrade', RELEASE, parent, '--set', 'right.enabled=false');
      expect(await ports()).toBe('platform-left 80\n');
      await cluster[program]('uninstall', RELEASE);
      expect(await objectsOfTheRelease()).toEqual([]);
    },
    HELM_TIMEOUT_MS,
  );

  it(
    'installs nothing of the chart, and not the definition, if the condition is false',
    async () => {
      const parent = await writeParentChart(directory, {
        name: 'platform',
        dependencies: [{ condition: 'temperature-converter-operator.enabled' }],
        values: { 'temperature-converter-operator': { enabled: false } },
      });
      await cluster[program]('install', RELEASE, parent);
      expect(await objectsOfTheRelease()).toEqual([]);
      expect(await failureOf(cluster.kubectl('get', 'crd', CRD_NAME))).toContain('NotFound');
    },
    HELM_TIMEOUT_MS,
  );
});
