import { describe, expect, it } from '@jest/globals';
import { CHILD_KINDS } from '../operator/caches.ts';
import { inShort, isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { Kind } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';

const NAMES = ['first', 'second', 'third'];
/** Retries in ten minutes with delays of 10, 20, 40, 80, 160 and 300 seconds, each minus up to half as jitter. */
const MAX_RETRIES = 8;

const environment = setUpTestEnvironment();

describe('a terminating namespace', () => {
  it('is reported as the reason; creates are retried with backoff, and the status is updated only when it changes', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    for (const name of NAMES) await cluster.createConverter(namespace, name);
    await environment.allApplied(NAMES.length);
    await operator.idle();
    const before = (await operator.writes()).length;
    await terminate(namespace);

    // Deletes one kind after the other, as the namespace controller does.
    await deleteAll('Deployment');
    for (const name of NAMES) {
      const { message } = await environment.condition(name, 'Reconciled', {
        status: 'False',
        reason: 'NamespaceTerminating',
      });
      expect(message).toBe('The namespace is deleted or terminating. The operator creates nothing in it.');
      await environment.condition(name, 'Available', { reason: 'NotDeployed' });
    }
    await deleteAll('Service');
    await operator.idle();
    await deleteAll('HorizontalPodAutoscaler');
    for (const name of NAMES) await environment.condition(name, 'Autoscaling', { reason: 'NotDeployed' });
    await operator.idle();
    const requests = (await operator.requests()).filter(isWrite).slice(before);
    const writes = requests.map((request) => `${request.responseStatus?.code} ${inShort(request)}`);
    const statuses = writes.filter((write) => write.includes('status'));
    // Reconciled and Available together, then Autoscaling.
    expect(statuses.toSorted()).toEqual(
      NAMES.flatMap((name) => Array(2).fill(`200 update temperatureconverters/${name}/status`)),
    );
    // Each deletion causes at most one create for each kind that is deleted.
    const creates = writes.filter((write) => !write.includes('status'));
    expect(creates.length).toBeLessThanOrEqual(6 * NAMES.length);
    expect(creates.filter((write) => !write.startsWith('403'))).toEqual([]);

    for (let minute = 0; minute < 10; minute += 1) {
      operator.clock.advance(60_000);
      await operator.quiet(20);
    }
    const inTenMinutes = (await operator.writes()).length - before - writes.length;
    expect(inTenMinutes).toBeLessThanOrEqual(MAX_RETRIES * 3 * NAMES.length);

    await deleteAll('TemperatureConverter');
    await operator.idle();
    const { length } = await operator.writes();
    operator.clock.advance(600_000);
    await operator.idle();
    expect(await operator.writes()).toHaveLength(length);
  });

  it('does not affect a new namespace of the same name', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'first');
    await environment.applied('first');
    await terminate(namespace);
    await cluster.delete('Service', namespace, 'first');
    await environment.condition('first', 'Reconciled', { reason: 'NamespaceTerminating' });
    for (const kind of [...CHILD_KINDS, 'TemperatureConverter'] as const)
      await cluster.delete(kind, namespace, 'first');
    const metadata = { name: namespace };
    await cluster.client.send({
      method: 'PUT',
      path: `/api/v1/namespaces/${namespace}/finalize`,
      body: { apiVersion: 'v1', kind: 'Namespace', metadata, spec: { finalizers: [] } },
    });
    await eventually(() => cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata }));

    await eventually(() => cluster.createConverter(namespace, 'first'));
    // For a moment the API server takes the new namespace for the terminating one, and refuses the children.
    const retries = setInterval(() => {
      operator.clock.advance(1_000);
    }, 100);
    try {
      await environment.applied('first');
    } finally {
      clearInterval(retries);
    }
    await operator.idle();
  });
});

async function terminate(namespace: string): Promise<void> {
  const { cluster } = environment;
  await cluster.delete('Namespace', undefined, namespace);
  await eventually(async () => {
    expect((await cluster.get('Namespace', undefined, namespace)).status).toMatchObject({ phase: 'Terminating' });
  });
}

async function deleteAll(kind: Kind): Promise<void> {
  for (const name of NAMES) await environment.cluster.delete(kind, environment.namespace, name);
}
