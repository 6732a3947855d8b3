import { describe, expect, it } from '@jest/globals';
import { AdjustableServiceAccount } from './testing/adjustable-service-account.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { PERSISTENT } from '../operator/status/failure.ts';
import type { RunningOperator } from './testing/running-operator.ts';

/** Longer than the maximum retry delay. */
const AFTER_BACKOFF_MS = 15 * 60_000;

const environment = setUpTestEnvironment();

describe('a spec that is valid, but whose Deployment the API server rejects', () => {
  const AFFINITY = {
    'an invalid value': {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] },
    },
    'an unknown field': { podAntiAffinity: { preffered: [{ weight: 1 }] } },
    'a value of the wrong type': { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: 'none' } },
  };

  it.each(Object.entries(AFFINITY))('is reported for a new resource, and recovers: %s', async (_title, affinity) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web', { pod: { affinity } });
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Invalid' });
    expect(message).toMatch(/^Deployment web: .*ffinity.*Correct the spec\.$/s);
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Invalid' });
    // The failure of one child does not block the others.
    await cluster.get('Service', namespace, 'web');
    await cluster.get('HorizontalPodAutoscaler', namespace, 'web');
    await operator.idle();
    expect((await operator.writes()).length).toBeLessThan(8);

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { pod: null } });
    await environment.applied('web');
    await cluster.get('Deployment', namespace, 'web');
  });

  it.each(Object.entries(AFFINITY))(
    'leaves the existing Deployment unchanged, and recovers: %s',
    async (_title, affinity) => {
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
    },
  );
});

describe('an operator without a permission', () => {
  it.each([
    ['Deployment', 'deployments'],
    ['Service', 'services'],
    ['HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
  ] as const)('to create a %s reports it, and recovers once it is granted', async (kind, resource) => {
    const { cluster, namespace } = environment;
    const { operator, grant } = await startWithout(resource, 'create');
    await cluster.createConverter(namespace, 'web');
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Forbidden' });
    // Kubernetes 1.30 and 1.31 give no reason for an apply that may not create.
    expect(message).toMatch(
      new RegExp(
        `^${kind} web: .*cannot create (?:resource "${resource}"|${resource} in namespace ${namespace}).*Grant the operator`,
        's',
      ),
    );
    await operator.idle();
    const requestsBefore = (await operator.requests()).length;
    await operator.idle();
    expect((await operator.requests()).length).toBe(requestsBefore);

    await grant();
    await eventually(async () => {
      operator.clock.advance(AFTER_BACKOFF_MS);
      expect(await cluster.find(kind, namespace, 'web')).toBeDefined();
    });
    await environment.applied('web');
  });

  it('to list and watch is not ready, logs it, and recovers once it is granted', async () => {
    const { cluster, namespace } = environment;
    const { operator, grant } = await startWithout('services', 'list', 'watch');
    await cluster.createConverter(namespace, 'web');
    await eventually(() => {
      expect(operator.log.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'cannot list; retrying',
          fields: expect.objectContaining({ resource: 'services' }),
        }),
      );
    });
    expect(operator.hasSynced).toBe(false);
    expect(await operator.writes()).toEqual([]);
    await grant();
    await eventually(() => {
      operator.clock.advance(AFTER_BACKOFF_MS);
      expect(operator.hasSynced).toBe(true);
    });
    await environment.applied('web');
  });

  it('to update the status still reconciles the children', async () => {
    const { cluster, namespace } = environment;
    const { operator, grant } = await startWithout('temperatureconverters/status', 'update');
    await cluster.createConverter(namespace, 'web');
    await eventually(() => cluster.children(namespace, 'web'));
    await eventually(() => {
      expect(operator.log.lines).toContainEqual(
        expect.objectContaining({
          message: 'the API server refuses to store the status',
          fields: expect.objectContaining({ problem: expect.stringContaining("Grant the operator's service account") }),
        }),
      );
    });
    await eventually(async () => {
      expect(await cluster.list('Event', namespace)).toContainEqual(
        expect.objectContaining({ reason: 'StatusRefused', type: 'Warning' }),
      );
    });
    await grant();
    await eventually(async () => {
      operator.clock.advance(AFTER_BACKOFF_MS);
      expect((await cluster.converter(namespace, 'web')).status?.observedGeneration).toBe(1);
    });
  });
});

describe('an exhausted quota', () => {
  it.each([
    ['Deployment', 'count/deployments.apps'],
    ['Service', 'services'],
    ['HorizontalPodAutoscaler', 'count/horizontalpodautoscalers.autoscaling'],
  ] as const)(
    'for a %s is reported, does not block the other children, and recovers once it is deleted',
    async (kind, resource) => {
      const { cluster, namespace } = environment;
      const metadata = { namespace, name: 'exhausted' };
      await cluster.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { [resource]: '0' } } });
      // Acts as the quota controller.
      const exhausted = { hard: { [resource]: '0' }, used: { [resource]: '0' } };
      await cluster.patchStatus(['ResourceQuota', namespace, 'exhausted'], exhausted);
      const operator = await environment.startSynced();
      await cluster.createConverter(namespace, 'web');

      const { message } = await environment.condition('web', 'Reconciled', {
        status: 'False',
        reason: 'QuotaExceeded',
      });
      expect(message).toContain(
        `exceeded quota: exhausted, requested: ${resource}=1, used: ${resource}=0, limited: ${resource}=0`,
      );
      await operator.idle();
      expect((await operator.writes()).length).toBeLessThan(8);

      await cluster.delete('ResourceQuota', namespace, 'exhausted');
      await eventually(async () => {
        operator.clock.advance(AFTER_BACKOFF_MS);
        expect(await cluster.find(kind, namespace, 'web')).toBeDefined();
      });
      await environment.applied('web');
    },
  );

  it('is retried with backoff', async () => {
    const { cluster, namespace } = environment;
    const hard = { services: '0' };
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace, name: 'exhausted' },
      spec: { hard },
    });
    await cluster.patchStatus(['ResourceQuota', namespace, 'exhausted'], { hard, used: hard });
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { reason: 'QuotaExceeded' });
    await operator.idle();
    for (let seconds = 0; seconds < 600; seconds += 10) {
      operator.clock.advance(10_000);
      await operator.quiet(20);
    }
    const attempts = (await operator.writes()).filter((write) => write === 'patch services/web');
    // Every 15 to 30 seconds.
    expect(attempts.length).toBeGreaterThan(15);
    expect(attempts.length).toBeLessThan(45);
  });
});

describe('a node port that another Service has', () => {
  it('is reported, and is used within 30 seconds after it is free', async () => {
    const { cluster, namespace } = environment;
    const nodePort = 30_123;
    const operator = await environment.startSynced();
    const spec = { type: 'NodePort', ports: [{ port: 80, nodePort }] };
    await cluster.create({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name: 'other' }, spec });
    await cluster.createConverter(namespace, 'web', { service: { type: 'NodePort', nodePort } });
    const reason = 'AllocationFailed';
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason });
    expect(message).toContain('provided port is already allocated. Free it');
    await environment.condition('web', 'Stalled', { status: 'True', reason });
    // The delay between two attempts is the longest by then.
    for (let seconds = 0; seconds < 300; seconds += 5) {
      operator.clock.advance(5000);
      await operator.quiet(20);
    }

    await cluster.delete('Service', namespace, 'other');
    operator.clock.advance(PERSISTENT.maximumMs);
    await environment.applied('web');
    expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ nodePort }] });
    const { status } = await cluster.converter(namespace, 'web');
    expect(status?.conditions?.map(({ type }) => type)).not.toContain('Stalled');
  });
});

/** Starts an operator with the chart's permissions except some verbs; `grant` restores them. */
async function startWithout(
  resource: string,
  ...verbs: readonly string[]
): Promise<{ operator: RunningOperator; grant: () => Promise<void> }> {
  const account = await AdjustableServiceAccount.create(environment.server, environment.namespace);
  await account.revoke(resource, ...verbs);
  const operator = environment.start({ kubeConfig: account.kubeConfig });
  return { operator, grant: () => account.restore() };
}
