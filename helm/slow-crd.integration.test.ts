import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type TestApiServer,
  CRD_NAME,
  HELM_TIMEOUT_MS,
  START_TIMEOUT_MS,
  startTestApiServer,
} from './test-api-server.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';

let cluster: TestApiServer;

beforeAll(async () => {
  // With two API servers configured, it serves a new definition only after five seconds, so that the other sees it first.
  cluster = await startTestApiServer('--endpoint-reconciler-type=master-count', '--apiserver-count=2');
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

afterEach(async () => {
  await cluster.helm('uninstall', RELEASE);
  await cluster.kubectl('delete', 'crd', CRD_NAME);
});

async function isEstablished(): Promise<boolean> {
  const path = '-o=jsonpath={.status.conditions[?(@.type=="Established")].status}';
  return (await cluster.kubectl('get', 'crd', CRD_NAME, path)) === 'True';
}

describe('an installation where the API server delays a new definition', () => {
  it(
    'creates the definition and the converter',
    async () => {
      await cluster.helm('install', RELEASE, CHART_DIRECTORY);
      expect(await cluster.kubectl('get', 'tc', RELEASE, '-o', 'name')).toContain(RELEASE);
    },
    HELM_TIMEOUT_MS,
  );

  it(
    'waits for the definition even if Helm does not, as before 4.3.1',
    async () => {
      await cluster.applyCrd();
      expect(await isEstablished()).toBe(false);
      await cluster.helm('install', RELEASE, CHART_DIRECTORY, '--skip-crds');
      expect(await cluster.kubectl('get', 'tc', RELEASE, '-o', 'name')).toContain(RELEASE);
    },
    HELM_TIMEOUT_MS,
  );
});
