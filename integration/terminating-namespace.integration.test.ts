import { describe, expect, it } from '@jest/globals';
import { CHILD_KINDS } from '../operator/caches.ts';
import { inShort, isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { Kind } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';

const NAMES = ['first', 'second', 'third'];
/** With delays of 10, 20, 40, 80, 160 and 300 seconds, of which the half may be left out. */
const RETRIES = 8;

const environment = setUpTestEnvironment();

describe('a namespace that is being deleted', () => {
  it('is named as the reason; creating is retried now and then, and the status written when it changes', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    for (const name of NAMES) await cluster.createConverter(namespace, name);
    await environment.allApplied(NAMES.length);
    await operator.idle();
    const before = (await operator.writes()).length;
    await terminate(namespace);

    // One kind after the other is deleted, as by the namespace controller.
    await deleteAll('Deployment');
    for (const name of NAMES) {
      const { message } = await environment.condition(name, 'Reconciled', {
        status: 'False',
        reason: 'NamespaceTerminating',
      });
      expect(message).toBe('Nothing is created in a namespace that is being deleted.');
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
    // Three creations at most for each kind that is gone, when one is deleted.
    const creations = writes.filter((write) => !write.includes('status'));
    expect(creations.length).toBeLessThanOrEqual(6 * NAMES.length);
    expect(creations.filter((write) => !write.startsWith('403'))).toEqual([]);

    for (let minute = 0; minute < 10; minute += 1) {
      operator.clock.advance(60_000);
      await operator.idle(20);
    }
    const inTenMinutes = (await operator.writes()).length - before - writes.length;
    expect(inTenMinutes).toBeLessThanOrEqual(RETRIES * 3 * NAMES.length);

    await deleteAll('TemperatureConverter');
    await operator.idle();
    const { length } = await operator.writes();
    operator.clock.advance(600_000);
    await operator.idle();
    expect(await operator.writes()).toHaveLength(length);
  });

  it('is forgotten when one of its name is made anew', async () => {
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
    await environment.applied('first');
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
