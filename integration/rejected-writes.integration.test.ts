import { describe, expect, it } from '@jest/globals';
import { AdjustableServiceAccount } from './testing/adjustable-service-account.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator } from './testing/running-operator.ts';

/** Longer than any wait of the operator. */
const LONG_MS = 15 * 60_000;

const environment = setUpTestEnvironment();

describe('a spec that the API server finds wrong only in the Deployment', () => {
  const AFFINITY = {
    'a value that is not allowed': {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] },
    },
    'a field that does not exist': { podAntiAffinity: { preffered: [{ weight: 1 }] } },
    'a value of the wrong type': { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: 'none' } },
  };

  it.each(Object.entries(AFFINITY))('is explained when new, and recovers: %s', async (_what, affinity) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web', { pod: { affinity } });
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Invalid' });
    expect(message).toMatch(/^Deployment web: .*ffinity.*Correct the spec\.$/s);
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Invalid' });
    // One failure holds up nothing else.
    await cluster.get('Service', namespace, 'web');
    await cluster.get('HorizontalPodAutoscaler', namespace, 'web');
    await operator.idle();
    expect((await operator.writes()).length).toBeLessThan(8);

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { pod: null } });
    await environment.applied('web');
    await cluster.get('Deployment', namespace, 'web');
  });

  it.each(Object.entries(AFFINITY))('leaves what is there as it is, and recovers: %s', async (_what, affinity) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    const before = await cluster.get('Deployment', namespace, 'web');
    await cluster.patch(['TemperatureConverter', namespace, 'web'], {
      spec: { pod: { affinity }, service: { port: 81 } },
    });
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Invalid' });
    expect(await cluster.get('Deployment', namespace, 'web')).toEqual(before);
    expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 81 }] });
    await operator.idle();

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { pod: null } });
    await environment.applied('web');
    expect(await cluster.get('Deployment', namespace, 'web')).toEqual(before);
  });
});

describe('an operator that lacks a right', () => {
  it.each([
    ['Deployment', 'deployments'],
    ['Service', 'services'],
    ['HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
  ] as const)('to create a %s says so, and goes on once it has it', async (kind, resource) => {
    const { cluster, namespace } = environment;
    const { operator, grant } = await startWithout(resource, 'create');
    await cluster.createConverter(namespace, 'web');
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Forbidden' });
    expect(message).toMatch(
      new RegExp(`^${kind} web: .*cannot create resource "${resource}".*Grant the operator`, 's'),
    );
    await operator.idle();
    const asked = (await operator.requests()).length;
    await operator.idle();
    expect((await operator.requests()).length).toBe(asked);

    await grant();
    await eventually(async () => {
      operator.clock.advance(LONG_MS);
      expect(await cluster.find(kind, namespace, 'web')).toBeDefined();
    });
    await environment.applied('web');
  });

  it('to list and to watch is not ready, and says so in its log; it works once it has it', async () => {
    const { cluster, namespace } = environment;
    const { operator, grant } = await startWithout('services', 'list', 'watch');
    await cluster.createConverter(namespace, 'web');
    await eventually(() => {
      expect(operator.log.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'cannot list; trying again',
          fields: expect.objectContaining({ resource: 'services' }),
        }),
      );
    });
    expect(operator.hasSynced).toBe(false);
    expect(await operator.writes()).toEqual([]);
    await grant();
    await eventually(() => {
      operator.clock.advance(LONG_MS);
      expect(operator.hasSynced).toBe(true);
    });
    await environment.applied('web');
  });

  it('to write the status keeps the children all the same', async () => {
    const { cluster, namespace } = environment;
    const { operator, grant } = await startWithout('temperatureconverters/status', 'update');
    await cluster.createConverter(namespace, 'web');
    await eventually(() => cluster.children(namespace, 'web'));
    await eventually(() => {
      expect(operator.log.lines).toContainEqual(expect.objectContaining({ message: 'reconcile failed; retrying' }));
    });
    await grant();
    await eventually(async () => {
      operator.clock.advance(LONG_MS);
      expect((await cluster.converter(namespace, 'web')).status?.observedGeneration).toBe(1);
    });
  });
});

describe('a quota that leaves no room', () => {
  it.each([
    ['Deployment', 'count/deployments.apps'],
    ['Service', 'services'],
    ['HorizontalPodAutoscaler', 'count/horizontalpodautoscalers.autoscaling'],
  ] as const)('for a %s is named, and the rest is made; with room it goes on', async (kind, resource) => {
    const { cluster, namespace } = environment;
    const metadata = { namespace, name: 'tight' };
    await cluster.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { [resource]: '0' } } });
    // What the quota controller counts.
    const tight = { hard: { [resource]: '0' }, used: { [resource]: '0' } };
    await cluster.patchStatus(['ResourceQuota', namespace, 'tight'], tight);
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');

    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'QuotaExceeded' });
    expect(message).toContain(
      `exceeded quota: tight, requested: ${resource}=1, used: ${resource}=0, limited: ${resource}=0`,
    );
    await operator.idle();
    expect((await operator.writes()).length).toBeLessThan(8);

    await cluster.delete('ResourceQuota', namespace, 'tight');
    await eventually(async () => {
      operator.clock.advance(LONG_MS);
      expect(await cluster.find(kind, namespace, 'web')).toBeDefined();
    });
    await environment.applied('web');
  });

  it('is looked at less and less often, and holds up no other resource', async () => {
    const { cluster, namespace } = environment;
    const hard = { services: '0' };
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace, name: 'tight' },
      spec: { hard },
    });
    await cluster.patchStatus(['ResourceQuota', namespace, 'tight'], { hard, used: hard });
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { reason: 'QuotaExceeded' });
    await operator.idle();
    for (let seconds = 0; seconds < 600; seconds += 10) {
      operator.clock.advance(10_000);
      await operator.idle(20);
    }
    const tries = (await operator.writes()).filter((write) => write === 'patch services/web');
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(12);
  });
});

/** Starts an operator under an account of the chart that lacks one right; `grant` gives it. */
async function startWithout(
  resource: string,
  ...verbs: readonly string[]
): Promise<{ operator: RunningOperator; grant: () => Promise<void> }> {
  const account = await AdjustableServiceAccount.create(environment.server, environment.namespace);
  await account.revoke(resource, ...verbs);
  const operator = environment.start({ kubeConfig: account.kubeConfig });
  return { operator, grant: () => account.restore() };
}
