import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BareCluster, DEFINITION, HELM_MS, HELMS, START_TIMEOUT_MS, startBareCluster } from './bare-cluster.ts';
import { delayAnswers, type LateAnswers } from './late-answers.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';
/** How late every answer comes. */
const DELAY_MS = 150;

let cluster: BareCluster;
let late: LateAnswers;
let directory: string;
let slowly: readonly string[];

beforeAll(async () => {
  cluster = await startBareCluster();
  directory = await mkdtemp(join(tmpdir(), 'slow-server-'));
  const kubeconfig = join(directory, 'kubeconfig');
  late = await delayAnswers(cluster.controlPlane, { delayMs: DELAY_MS, kubeconfig });
  slowly = ['--kubeconfig', kubeconfig];
}, START_TIMEOUT_MS);

afterAll(async () => {
  await late.close();
  await cluster.stop();
  await rm(directory, { recursive: true });
});

describe.each(HELMS)('with %s and an API server that answers late, a release', (_version, program) => {
  it(
    'comes, changes and goes whole',
    async () => {
      const before = late.passed;
      await cluster[program]('install', RELEASE, CHART_DIRECTORY, ...slowly);
      await cluster[program]('upgrade', RELEASE, CHART_DIRECTORY, '--set', 'service.port=81', ...slowly);
      const port = await cluster.kubectl('get', 'tc', RELEASE, '-o=jsonpath={.spec.service.port}');
      expect(port).toBe('81');
      await cluster[program]('uninstall', RELEASE, '--wait', ...slowly);
      expect(late.passed - before).toBeGreaterThan(50);
      const kinds =
        'deployments,services,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,tc,secrets';
      const ofTheRelease = ['-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'name'];
      expect(await cluster.kubectl('get', kinds, ...ofTheRelease)).toBe('');
      await cluster.kubectl('delete', 'crd', DEFINITION);
    },
    2 * HELM_MS,
  );
});
