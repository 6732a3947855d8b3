import { describe, expect, it } from '@jest/globals';
import { CHILD_KINDS } from '../controller/caches.ts';
import { inShort, isWrite } from './audit-log.ts';
import { setUpBench } from './bench.ts';
import type { Kind } from './cluster.ts';
import { eventually } from './eventually.ts';

const NAMES = ['first', 'second', 'third'];
/** How long the operator believes that nothing can be created. */
const BELIEVED_MS = 5 * 60_000;

const bench = setUpBench();

describe('a namespace that is being deleted', () => {
  it('has no child made in it, is named as the reason, and costs one try and what changes in the status', async () => {
    const { cluster, namespace } = bench;
    const operator = await bench.startSynced();
    for (const name of NAMES) await cluster.createConverter(namespace, name);
    await bench.allApplied(NAMES.length);
    await operator.idle();
    const before = (await operator.writes()).length;
    await terminate(namespace);

    // One kind after the other goes, as the namespace controller does it.
    await deleteAll('Deployment');
    for (const name of NAMES) {
      const { message } = await bench.condition(name, 'Reconciled', {
        status: 'False',
        reason: 'NamespaceTerminating',
      });
      expect(message).toBe('Nothing is created in a namespace that is being deleted.');
      await bench.condition(name, 'Available', { reason: 'NotDeployed' });
    }
    await deleteAll('Service');
    await operator.idle();
    await deleteAll('HorizontalPodAutoscaler');
    for (const name of NAMES) await bench.condition(name, 'Autoscaling', { reason: 'NotDeployed' });
    await operator.idle();
    const requests = (await operator.requests()).filter(isWrite).slice(before);
    const writes = requests.map((request) => `${request.responseStatus?.code} ${inShort(request)}`);
    expect(writes.toSorted()).toEqual([
      // Reconciled and Available together, then Autoscaling.
      ...NAMES.flatMap((name) => Array(2).fill(`200 patch temperatureconverters/${name}/status`)),
      ...NAMES.map((name) => `403 patch deployments/${name}`),
    ]);
    // It could have been an API server that is behind: each child is tried once more, not before five minutes have passed.
    operator.clock.advance(BELIEVED_MS - 60_000);
    await operator.idle();
    expect(await operator.writes()).toHaveLength(before + writes.length);
    operator.clock.advance(60_000);
    await operator.idle();
    const tries = 3 * NAMES.length;
    expect(await operator.writes()).toHaveLength(before + writes.length + tries);
    expect(await operator.metric('workqueue_retries_total')).toBe(0);

    await deleteAll('TemperatureConverter');
    await operator.idle();
    expect(await operator.writes()).toHaveLength(before + writes.length + tries);
  });

  it('is forgotten when one of its name is made anew', async () => {
    const { cluster, namespace } = bench;
    const operator = await bench.startSynced();
    await cluster.createConverter(namespace, 'first');
    await bench.applied('first');
    await terminate(namespace);
    await cluster.delete('Service', namespace, 'first');
    await bench.condition('first', 'Reconciled', { reason: 'NamespaceTerminating' });
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
    await bench.applied('first');
    await operator.idle();
  });
});

async function terminate(namespace: string): Promise<void> {
  const { cluster } = bench;
  await cluster.delete('Namespace', undefined, namespace);
  await eventually(async () => {
    expect((await cluster.get('Namespace', undefined, namespace)).status).toMatchObject({ phase: 'Terminating' });
  });
}

async function deleteAll(kind: Kind): Promise<void> {
  for (const name of NAMES) await bench.cluster.delete(kind, bench.namespace, name);
}
