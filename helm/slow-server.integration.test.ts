import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type TestApiServer,
  CRD_NAME,
  HELM_TIMEOUT_MS,
  HELMS,
  START_TIMEOUT_MS,
  startTestApiServer,
} from './test-api-server.ts';
import { delayResponses, type DelayedResponses } from './delayed-responses.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';
/** The delay of every response, in milliseconds. */
const DELAY_MS = 150;

let cluster: TestApiServer;
let proxy: DelayedResponses;
let directory: string;
let throughProxy: readonly string[];

beforeAll(async () => {
  cluster = await startTestApiServer();
  directory = await mkdtemp(join(tmpdir(), 'slow-server-'));
  const kubeconfig = join(directory, 'kubeconfig');
  proxy = await delayResponses(cluster.apiServer, { delayMs: DELAY_MS, kubeconfig });
  throughProxy = ['--kubeconfig', kubeconfig];
}, START_TIMEOUT_MS);

afterAll(async () => {
  await proxy.close();
  await cluster.stop();
  await rm(directory, { recursive: true });
});

describe.each(HELMS)('with %s and an API server with delayed responses, a release', (_version, program) => {
  it(
    'is installed, upgraded and uninstalled completely',
    async () => {
      const before = proxy.chunks;
      await cluster[program]('install', RELEASE, CHART_DIRECTORY, ...throughProxy);
      await cluster[program]('upgrade', RELEASE, CHART_DIRECTORY, '--set', 'service.port=81', ...throughProxy);
      const port = await cluster.kubectl('get', 'tc', RELEASE, '-o=jsonpath={.spec.service.port}');
      expect(port).toBe('81');
      await cluster[program]('uninstall', RELEASE, '--wait', ...throughProxy);
      expect(proxy.chunks - before).toBeGreaterThan(50);
      const kinds =
        'deployments,services,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,tc,secrets';
      const ofTheRelease = ['-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'name'];
      expect(await cluster.kubectl('get', kinds, ...ofTheRelease)).toBe('');
      await cluster.kubectl('delete', 'crd', CRD_NAME);
    },
    2 * HELM_TIMEOUT_MS,
  );
});
