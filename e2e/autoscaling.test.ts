import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, getConverter, waitForCondition, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';
import { startLoad } from './testing/start-load.ts';

const LOAD_SECONDS = 240;

describe('a converter under load', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-autoscaling');
  });
  afterAll(() => installation.remove());

  it('scales from 1 to 5 replicas and back without a failed request', async () => {
    const { kubectl, namespace } = installation;
    // A low target, so that the autoscaler wants five replicas even on a machine with little CPU.
    const autoscaling = { targetCPUUtilizationPercentage: 25, scaleDownStabilizationWindowSeconds: 5 };
    await kubectl.apply(namespace, converter('loaded', { autoscaling }));
    await waitUntilReady(installation, 'loaded');
    await waitForCondition(installation, 'loaded', { type: 'Autoscaling', status: 'True' }, 120);
    expect((await getConverter(installation, 'loaded')).status?.replicas).toBe(1);

    const load = await startLoad(installation, 'loaded', { connections: 24, seconds: LOAD_SECONDS });
    await eventually(
      async () => expect((await getConverter(installation, 'loaded')).status?.readyReplicas).toBe(5),
      LOAD_SECONDS * 1000,
    );
    const tally = await load.stop();
    expect(tally.requests).toBeGreaterThan(1000);
    expect(tally).toMatchObject({ failures: 0, firstFailure: '' });

    await eventually(
      async () => expect((await getConverter(installation, 'loaded')).status?.replicas).toBe(1),
      240_000,
    );
    await waitUntilReady(installation, 'loaded');
  });
});
