import { describe, expect, it } from '@jest/globals';
import { isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { WATCHED_KINDS } from './testing/running-operator.ts';
import { EVERY_FIELD } from './testing/every-field.ts';
import { comparableState } from './testing/comparable-state.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;

const environment = setUpTestEnvironment();

describe('a new resource', () => {
  it('gets its three children with four writes, and causes no further request', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const before = await operator.requests();
    // A watch enters the audit log only when it ends. Where it cannot stream the initial list, it is refused, and a list follows.
    expect(before.length).toBe(environment.server.streamsLists ? 0 : 2 * WATCHED_KINDS);

    await cluster.createConverter(namespace, 'web', { service: { port: 8080 } });
    await environment.applied('web');
    await operator.idle();

    expect(await operator.writes()).toEqual([
      'patch deployments/web',
      'patch horizontalpodautoscalers/web',
      'patch services/web',
      'update temperatureconverters/web/status',
    ]);
    expect((await operator.requests()).length - before.length).toBe(4);
    expect(await operator.metric('workqueue_retries_total')).toBe(0);
  });

  it('controls its children, which match its spec', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    const spec = { service: { port: 8080 }, autoscaling: { maxReplicas: 3 }, image: 'registry.example.com/other:2' };
    const { metadata } = await cluster.createConverter(namespace, 'web', spec);
    const { status } = await environment.applied('web');

    const { Deployment, Service, HorizontalPodAutoscaler } = await cluster.children(namespace, 'web');
    for (const child of [Deployment, Service, HorizontalPodAutoscaler]) {
      expect(child.metadata.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'TemperatureConverter', name: 'web', uid: metadata.uid, controller: true }),
      ]);
    }
    expect(Service.spec).toMatchObject({ ports: [{ port: 8080, targetPort: 'http' }], type: 'ClusterIP' });
    expect(HorizontalPodAutoscaler.spec).toMatchObject({ minReplicas: 1, maxReplicas: 3 });
    expect(Deployment.spec).toMatchObject({
      template: { spec: { containers: [{ name: 'converter', image: 'registry.example.com/other:2' }] } },
    });
    expect(status).toMatchObject({ url: `http://web.${namespace}.svc:8080`, image: 'registry.example.com/other:2' });
  });

  it('is reconciled in a namespace created later, when all namespaces are watched', async () => {
    const { cluster } = environment;
    await environment.startSynced({ watchNamespaces: [] });
    const later = await cluster.createNamespace();
    await cluster.createConverter(later, 'web');
    const children = await eventually(() => cluster.children(later, 'web'));
    expect(Object.keys(children)).toHaveLength(3);
  });
});

describe('a resource that is up to date', () => {
  it('causes no write when the operator restarts', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    await operator.stop();
    const before = await cluster.children(namespace, 'web');

    const restarted = environment.start();
    await eventually(async () => {
      expect(await restarted.metric('controller_runtime_reconcile_total', { result: 'success' })).toBeGreaterThan(0);
    });
    await restarted.idle();
    expect(await restarted.writes()).toEqual([]);
    expect(await cluster.children(namespace, 'web')).toEqual(before);
  });
});

describe('a changed spec', () => {
  it('changes the port of the Service with two writes, and leaves the Deployment unchanged', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const before = await cluster.children(namespace, 'web');

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 9090 } } });
    await environment.applied('web');
    await operator.idle();

    const after = await cluster.children(namespace, 'web');
    expect(after.Service.spec?.['ports']).toEqual([expect.objectContaining({ port: 9090 })]);
    expect(after.Service.metadata.uid).toBe(before.Service.metadata.uid);
    expect(after.Deployment).toEqual(before.Deployment);
    expect((await operator.requests()).filter(isWrite)).toHaveLength(4 + 2);
    expect(await operator.writes(4)).toEqual(['patch services/web', 'update temperatureconverters/web/status']);
  });
});

describe('a deleted child', () => {
  it.each(['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'] as const)(
    'is re-created with one write: %s',
    async (kind) => {
      const { cluster, namespace } = environment;
      const operator = await environment.startSynced();
      await cluster.createConverter(namespace, 'web', EVERY_FIELD);
      await environment.applied('web');
      await operator.idle();
      const before = await cluster.get(kind, namespace, 'web');

      await cluster.delete(kind, namespace, 'web');
      const after = await eventually(() => cluster.get(kind, namespace, 'web'));
      await operator.idle();

      expect(after.metadata.uid).not.toBe(before.metadata.uid);
      expect(comparableState(after)).toEqual(comparableState(before));
      const [write, ...more] = await operator.writes(5);
      expect(write).toMatch(/^patch \w+\/web$/);
      expect(more).toEqual([]);
    },
  );

  it('is re-created when all three children are deleted at once', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    const before = await cluster.children(namespace, 'web');
    await Promise.all(KINDS.map((kind) => cluster.delete(kind, namespace, 'web')));
    const after = await eventually(() => cluster.children(namespace, 'web'));
    for (const kind of KINDS) expect(comparableState(after[kind])).toEqual(comparableState(before[kind]));
  });

  it('is re-created at the start when it was deleted while the operator was down', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.stop();
    await Promise.all(KINDS.map((kind) => cluster.delete(kind, namespace, 'web')));
    const restarted = environment.start();
    await eventually(() => cluster.children(namespace, 'web'));
    await restarted.idle();
    expect((await restarted.writes()).filter((write) => !write.endsWith('/status'))).toHaveLength(3);
  });

  it('is re-created only after its finalizers are removed', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    const { metadata } = await cluster.patch(['Service', namespace, 'web'], {
      metadata: { finalizers: ['example.com/later'] },
    });
    await cluster.delete('Service', namespace, 'web');

    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'ChildTerminating' });
    await operator.idle();
    expect(await operator.writes(4)).toEqual(['update temperatureconverters/web/status']);

    await cluster.patch(['Service', namespace, 'web'], { metadata: { finalizers: null } });
    await environment.condition('web', 'Reconciled', { status: 'True', reason: 'Applied' });
    expect((await cluster.get('Service', namespace, 'web')).metadata.uid).not.toBe(metadata.uid);
  });
});
