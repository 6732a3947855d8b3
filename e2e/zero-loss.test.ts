import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';
import { expectNoFailures } from './testing/start-load.ts';

const NAME = 'lossless';
const REPLICAS = 3;
interface Pod {
  readonly metadata: { readonly name: string };
}

describe('under steady load no request fails', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-zero-loss');
    await scale(REPLICAS);
  });
  afterAll(() => installation.remove());

  it('during a rollout restart', async () => {
    const before = await podNames();
    await expectNoFailures(installation, NAME, async () => {
      const { kubectl, namespace } = installation;
      await kubectl('rollout', 'restart', `deployment/${NAME}`, '-n', namespace);
      await waitForReplacement(before, REPLICAS);
    });
  });

  it('during the rollout of a changed spec', async () => {
    const before = await podNames();
    await expectNoFailures(installation, NAME, async () => {
      const { kubectl, namespace } = installation;
      await kubectl('patch', 'tc', NAME, '-n', namespace, '--type=merge', '-p', '{"spec":{"logLevel":"warn"}}');
      await waitForReplacement(before, REPLICAS);
    });
  });

  it('while scaling down to one replica', async () => {
    await expectNoFailures(installation, NAME, async () => {
      await scale(1);
      await eventually(async () => expect(await podNames()).toHaveLength(1), 90_000);
    });
  });

  const selector = `app.kubernetes.io/instance=${NAME}`;

  /** Fixes the number of replicas with the bounds of the autoscaler, and waits until they are ready. */
  async function scale(replicas: number): Promise<void> {
    const autoscaling = { minReplicas: replicas, maxReplicas: replicas };
    await installation.kubectl.apply(installation.namespace, converter(NAME, { autoscaling }));
    await eventually(async () => {
      const path = '-o=jsonpath={.status.readyReplicas} {.status.replicas}';
      const status = await installation.kubectl('get', 'deployment', NAME, '-n', installation.namespace, path);
      expect(status).toBe(`${replicas} ${replicas}`);
    }, 120_000);
    await waitUntilReady(installation, NAME);
  }

  /** Waits until all of these pods are deleted and `count` others exist. */
  async function waitForReplacement(before: readonly string[], count: number): Promise<void> {
    await eventually(async () => {
      const now = await podNames();
      expect(now.filter((name) => before.includes(name))).toEqual([]);
      expect(now).toHaveLength(count);
    }, 120_000);
    await waitUntilReady(installation, NAME);
  }

  async function podNames(): Promise<readonly string[]> {
    return (await pods()).map(({ metadata }) => metadata.name);
  }

  /** All pods of the converter, including terminating ones. */
  async function pods(): Promise<readonly Pod[]> {
    const { kubectl, namespace } = installation;
    return (await kubectl.json<{ items: readonly Pod[] }>('pods', '-n', namespace, '-l', selector)).items;
  }
});
