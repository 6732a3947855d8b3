import { copyFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { installPlugin, type KubectlWithPlugin } from '../integration/testing/plugin.ts';
import type { StatusReport } from '../operator/commands/status/report.ts';
import { converter, waitForCondition, waitUntilReady } from './testing/converter.ts';
import { install, type Installation } from './testing/installation.ts';
import { startLoad } from './testing/start-load.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const MISSING = 'localhost/no-such-image:1';
const LOAD_SECONDS = 240;

describe('kubectl tc status', () => {
  let installation: Installation;
  let plugin: KubectlWithPlugin;

  beforeAll(async () => {
    installation = await install('e2e-plugin');
    plugin = await installPlugin();
  });
  afterAll(async () => {
    await plugin[Symbol.asyncDispose]();
    await installation.remove();
  });

  /** Runs `kubectl tc status` in the namespace of the test, and returns its output. */
  async function status(...args: readonly string[]): Promise<string> {
    const { cluster, namespace } = installation;
    const KUBECONFIG = cluster.kubeconfigPath;
    const result = await plugin.run(['tc', 'status', '-n', namespace, ...args], { KUBECONFIG });
    expect(result).toMatchObject({ status: 0, err: '' });
    return result.out;
  }

  async function report(name: string): Promise<StatusReport> {
    // SAFETY: what -o json prints.
    return JSON.parse(await status(name, '-o', 'json')) as StatusReport;
  }

  it('shows a converter that is ready, with its pod on a node', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('ready'));
    await waitUntilReady(installation, 'ready');
    const text = await status('ready');
    expect(text).toMatch(/^Ready: +True \(Ready\)$/mu);
    expect(text).toMatch(/^ {2}Deployment +ready +\d+s +1\/1 available$/mu);
    expect(text).toMatch(/^ {2}Service +ready +\d+s +ClusterIP [\d.]+, port 80$/mu);
    expect(text).toMatch(/^ {2}ready-\w+-\w+ +1\/1 +Running +0 +\d+s +node \S+$/mu);
    expect(text).toMatch(/^ {4}converter +yes +Running +0 +\d+s$/mu);
    expect(text).toMatch(/ Normal +Scheduled +Pod\/ready-\w+-\w+: Successfully assigned /u);
    expect(await status()).toMatch(/^ready +True +Ready +1\/1 +\d+s +http:\/\/ready\./mu);
  });

  it('shows everything to a user with the role view', async () => {
    const { cluster, kubectl, namespace } = installation;
    await kubectl('create', 'serviceaccount', 'viewer', '-n', namespace);
    const viewer = `--serviceaccount=${namespace}:viewer`;
    await kubectl('create', 'rolebinding', 'viewer', '-n', namespace, '--clusterrole=view', viewer);
    const token = (await kubectl('create', 'token', 'viewer', '-n', namespace)).trim();
    const file = `${plugin.env['HOME']}/viewer`;
    await copyFile(cluster.kubeconfigPath, file);
    const context = (await kubectl('config', 'current-context')).trim();
    await kubectl('config', '--kubeconfig', file, 'set-credentials', 'viewer', `--token=${token}`);
    await kubectl('config', '--kubeconfig', file, 'set-context', context, '--user=viewer', `--namespace=${namespace}`);
    await eventually(async () => {
      const { out } = await plugin.run(['tc', 'status', 'ready', '-o', 'json'], { KUBECONFIG: file });
      expect(JSON.parse(out)).toMatchObject({ gaps: [], converter: { ready: 'True' }, pods: [{ ready: '1/1' }] });
    }, WAIT_TIMEOUT_MS);
  });

  it('shows the words of the kubelet for an image that does not exist', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('broken', { image: MISSING }));
    await waitForCondition(installation, 'broken', { type: 'Ready', status: 'False', reason: 'ImagePullFailed' });
    const text = await status('broken');
    expect(text).toMatch(/^Ready: +False \(ImagePullFailed\)$/mu);
    expect(text).toMatch(/^ {2}Deployment +broken +\d+s +0\/1 available$/mu);
    expect(text).toMatch(/^ {4}converter +no +Waiting +0 +- +(?:ErrImagePull|ImagePullBackOff): .*no-such-image/mu);
    expect(text).toMatch(/ Warning +Failed +Pod\/broken-\w+-\w+: Failed to pull image "localhost\/no-such-image:1"/u);
  });

  it('shows how the autoscaler scales', async () => {
    const { kubectl, namespace } = installation;
    const autoscaling = { targetCPUUtilizationPercentage: 25, maxReplicas: 2 };
    await kubectl.apply(namespace, converter('loaded', { autoscaling }));
    await waitUntilReady(installation, 'loaded');
    const load = await startLoad(installation, 'loaded', { connections: 12, seconds: LOAD_SECONDS });
    await eventually(async () => {
      const { autoscaler } = await report('loaded');
      expect(autoscaler).toMatchObject({ currentReplicas: 2, desiredReplicas: 2, targetCPUUtilizationPercentage: 25 });
      expect(autoscaler?.currentCPUUtilizationPercentage).toBeGreaterThan(25);
      expect(Date.parse(autoscaler?.lastScaleTime ?? '')).toBeGreaterThan(Date.now() - LOAD_SECONDS * 1000);
    }, LOAD_SECONDS * 1000);
    await eventually(async () => expect((await report('loaded')).pods).toHaveLength(2), WAIT_TIMEOUT_MS);
    const text = await status('loaded');
    await load.stop();
    expect(text).toMatch(/^ {2}Replicas: +2 current, 2 desired, 1 to 2 allowed$/mu);
    expect(text).toMatch(/^ {2}CPU: +\d+% of the request, target 25%$/mu);
    expect(text).toMatch(/^ {2}Last scaled: +\w+ ago$/mu);
    expect(text).toMatch(/ Normal +SuccessfulRescale +HorizontalPodAutoscaler\/loaded: New size: 2; reason: /u);
  });
});
