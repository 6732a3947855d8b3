import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';
import { type LoadTally, startLoad } from './testing/start-load.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const NAME = 'lossless';
const REPLICAS = 3;
/** An upper bound; a load ends with its scenario. */
const MAX_LOAD_SECONDS = 180;
const PAUSE_MS = 25;

/** Clients that keep their connection, and clients that open one for each request. */
const LOADS = {
  'with keep-alive': { connections: 8, requestsPerConnection: 1_000_000 },
  'without keep-alive': { connections: 4, requestsPerConnection: 1 },
} as const;

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
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
    await expectNoFailures(async () => {
      const { kubectl, namespace } = installation;
      await kubectl('rollout', 'restart', `deployment/${NAME}`, '-n', namespace);
      await waitForReplacement(before, REPLICAS);
    });
  });

  it('during the rollout of a changed spec', async () => {
    const before = await podNames();
    await expectNoFailures(async () => {
      const { kubectl, namespace } = installation;
      await kubectl('patch', 'tc', NAME, '-n', namespace, '--type=merge', '-p', '{"spec":{"logLevel":"warn"}}');
      await waitForReplacement(before, REPLICAS);
    });
  });

  it('while scaling down to one replica', async () => {
    await expectNoFailures(async () => {
      await scale(1);
      await eventually(async () => expect(await podNames()).toHaveLength(1), 90_000);
    });
  });

  it('during a node drain with a PodDisruptionBudget', async () => {
    const { kubectl, namespace } = installation;
    await scale(2);
    await eventually(async () => expect(await podNames()).toHaveLength(2), 90_000);
    await kubectl(
      'create',
      'poddisruptionbudget',
      NAME,
      '-n',
      namespace,
      `--selector=${selector}`,
      '--min-available=1',
    );
    const before = await podNames();
    await expectNoFailures(async () => {
      const node = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}');
      const draining = kubectl('drain', node, `--pod-selector=${selector}`, '--ignore-daemonsets', '--timeout=150s');
      try {
        // The only node must be schedulable for the replacement of the first pod, or the budget blocks the second eviction.
        await eventually(async () => {
          expect((await pods()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toHaveLength(1);
        }, WAIT_TIMEOUT_MS);
      } finally {
        await kubectl('uncordon', node);
      }
      await draining;
      await waitForReplacement(before, 2);
    });
  });

  const selector = `app.kubernetes.io/instance=${NAME}`;

  /** Runs a scenario under both loads, and asserts that no request fails. */
  async function expectNoFailures(run: () => Promise<void>): Promise<void> {
    const loads = await Promise.all(
      Object.values(LOADS).map((load) =>
        startLoad(installation, NAME, { ...load, seconds: MAX_LOAD_SECONDS, pauseMs: PAUSE_MS }),
      ),
    );
    const stopAll = (): Promise<LoadTally[]> => Promise.all(loads.map((load) => load.stop()));
    try {
      await run();
    } catch (error) {
      await stopAll();
      throw error;
    }
    for (const [index, { requests, failures, firstFailure }] of (await stopAll()).entries()) {
      const kind = Object.keys(LOADS)[index];
      expect({ kind, failures, firstFailure }).toEqual({ kind, failures: 0, firstFailure: '' });
      expect(requests).toBeGreaterThan(500);
    }
  }

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
