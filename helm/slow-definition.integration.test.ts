import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BareCluster, DEFINITION, HELM_MS, START_TIMEOUT_MS, startBareCluster } from './bare-cluster.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';

let cluster: BareCluster;

beforeAll(async () => {
  // One of two, as far as it knows: then it serves a new definition only after five seconds, for the others to see it first.
  cluster = await startBareCluster('--endpoint-reconciler-type=master-count', '--apiserver-count=2');
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

afterEach(async () => {
  await cluster.helm('uninstall', RELEASE);
  await cluster.kubectl('delete', 'crd', DEFINITION);
});

async function isEstablished(): Promise<boolean> {
  const path = '-o=jsonpath={.status.conditions[?(@.type=="Established")].status}';
  return (await cluster.kubectl('get', 'crd', DEFINITION, path)) === 'True';
}

describe('an installation where a new definition is not served at once', () => {
  it(
    'brings the definition and the converter',
    async () => {
      await cluster.helm('install', RELEASE, CHART_DIRECTORY);
      expect(await cluster.kubectl('get', 'tc', RELEASE, '-o', 'name')).toContain(RELEASE);
    },
    HELM_MS,
  );

  it(
    'waits for it even if Helm does not, as before 4.3.1',
    async () => {
      await cluster.applyDefinition();
      expect(await isEstablished()).toBe(false);
      await cluster.helm('install', RELEASE, CHART_DIRECTORY, '--skip-crds');
      expect(await cluster.kubectl('get', 'tc', RELEASE, '-o', 'name')).toContain(RELEASE);
    },
    HELM_MS,
  );
});
