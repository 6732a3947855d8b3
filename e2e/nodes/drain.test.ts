import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { converter, waitUntilReady } from '../testing/converter.ts';
import { install, type Installation } from '../testing/installation.ts';
import { expectNoFailures } from '../testing/start-load.ts';
import { WAIT_TIMEOUT_MS } from '../testing/timeouts.ts';
import { converterPods, replicas } from './testing/placed-pods.ts';

const NAME = 'budgeted';

describe('while its nodes are drained one after the other, a converter with a PodDisruptionBudget', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-drain');
    const spec = { ...replicas(2), podDisruptionBudget: { maxUnavailable: 1 } };
    await installation.kubectl.apply(installation.namespace, converter(NAME, spec));
    await waitUntilReady(installation, NAME);
    await waitForReplicas((nodes) => expect(new Set(nodes)).toEqual(new Set(installation.cluster.nodeNames)));
  });
  afterAll(async () => {
    await installation.kubectl('uncordon', ...installation.cluster.nodeNames);
    await installation.remove();
  });

  it.each([
    ['node-2', 'node-1'],
    ['node-1', 'node-2'],
  ])('loses no request when everything moves from %s to %s', async (from, to) => {
    const { kubectl } = installation;
    await expectNoFailures(installation, NAME, async () => {
      await kubectl('drain', from, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=150s');
      await waitForReplicas((nodes) => expect(nodes).toEqual([to, to]));
      await kubectl('uncordon', from);
    });
    await waitUntilReady(installation, NAME);
  });

  /** Waits until both replicas are ready, on the right nodes. */
  async function waitForReplicas(check: (nodes: readonly string[]) => void): Promise<void> {
    await eventually(async () => {
      const pods = await converterPods(installation, NAME);
      expect(pods.map(({ isReady }) => isReady)).toEqual([true, true]);
      check(pods.map(({ node }) => node));
    }, WAIT_TIMEOUT_MS);
  }
});
