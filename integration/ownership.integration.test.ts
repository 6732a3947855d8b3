import { describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { Manifest } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { isProxiedWrite } from '../controller-runtime/testing/proxied-request.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
type Kind = (typeof KINDS)[number];

const LABELS = { app: 'foreign' };
const SPECS = {
  Deployment: {
    apiVersion: 'apps/v1',
    spec: {
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: { containers: [{ name: 'foreign', image: 'foreign:1' }] } },
    },
  },
  Service: { apiVersion: 'v1', spec: { selector: LABELS, ports: [{ port: 1234 }] } },
  HorizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'foreign' } },
  },
} as const;

const environment = setUpTestEnvironment();

function foreignManifest(kind: Kind, name: string, metadata: object = {}): Manifest {
  return { kind, metadata: { namespace: environment.namespace, name, ...metadata }, ...SPECS[kind] };
}

describe.each(KINDS)('a foreign %s of the same name', (kind) => {
  it('is not modified and is reported; the child is created once it is deleted', async () => {
    const { cluster, namespace } = environment;
    const foreign = await cluster.create(foreignManifest(kind, 'web'));
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');

    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    expect(message).toContain(`${kind} web already exists, has no controller and was not created by the operator`);
    await environment.condition('web', 'Ready', { status: 'False', reason: 'NameConflict' });
    for (const other of KINDS.filter((candidate) => candidate !== kind)) await cluster.get(other, namespace, 'web');
    await operator.idle();
    expect(await cluster.get(kind, namespace, 'web')).toEqual(foreign);
    expect((await operator.writes()).filter((write) => !write.startsWith('create events'))).toHaveLength(3);

    await cluster.delete(kind, namespace, 'web');
    await environment.applied('web');
    expect((await cluster.get(kind, namespace, 'web')).metadata.uid).not.toBe(foreign.metadata.uid);
  });

  it('is not modified when it is created while the cache is stale', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    const release = proxy.hold(`${kind.toLowerCase()}s`);
    const foreign = await cluster.create(foreignManifest(kind, 'web'));
    await cluster.createConverter(namespace, 'web');
    // The cache does not have the object yet, so the API server rejects the operator's create.
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'ApiUnavailable' });
    expect(await cluster.get(kind, namespace, 'web')).toEqual(foreign);
    release();
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    await operator.idle();
    expect(await cluster.get(kind, namespace, 'web')).toEqual(foreign);
    expect(proxy.requests.filter(isProxiedWrite).length).toBeLessThan(12);
  });
});

describe('a child without its owner reference and managed-by label', () => {
  it('is not modified, and is reconciled again once its owner reference is restored', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    const { metadata } = await cluster.get('Service', namespace, 'web');
    const foreign = await cluster.patch(['Service', namespace, 'web'], {
      metadata: { ownerReferences: null, labels: { 'app.kubernetes.io/managed-by': 'another' } },
      spec: { ports: [{ name: 'foreign', port: 1234 }] },
    });
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    await operator.idle();
    expect(await cluster.get('Service', namespace, 'web')).toEqual(foreign);

    await cluster.patch(['Service', namespace, 'web'], { metadata: { ownerReferences: metadata.ownerReferences } });
    await environment.applied('web');
    expect((await cluster.get('Service', namespace, 'web')).spec?.['ports']).toContainEqual(
      expect.objectContaining({ name: 'http', port: 80 }),
    );
  });
});

describe('a resource that is deleted and re-created', () => {
  it('waits until the garbage collector has deleted the children of its predecessor', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const before = await cluster.children(namespace, 'web');
    await cluster.delete('TemperatureConverter', namespace, 'web');
    const { metadata } = await cluster.createConverter(namespace, 'web', { service: { port: 9090 } });

    const reason = 'ChildTerminating';
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason });
    expect(message).toContain('belongs to a deleted resource of the same name');
    await operator.idle();
    expect(await cluster.children(namespace, 'web')).toEqual(before);

    await Promise.all(KINDS.map((kind) => cluster.delete(kind, namespace, 'web')));
    await environment.applied('web');
    for (const child of Object.values(await cluster.children(namespace, 'web'))) {
      expect(child.metadata.ownerReferences).toEqual([expect.objectContaining({ uid: metadata.uid })]);
    }
  });

  it('never gets the status of its predecessor', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const release = proxy.hold('temperatureconverters');
    await cluster.delete('TemperatureConverter', namespace, 'web');
    const second = await cluster.createConverter(namespace, 'web');
    // Triggers a status update for the predecessor.
    const writes = proxy.requests.filter(isProxiedWrite).length;
    await cluster.patchStatus(['Deployment', namespace, 'web'], { replicas: 2 });
    await eventually(() => {
      expect(proxy.requests.filter(isProxiedWrite).length).toBeGreaterThan(writes);
    });
    expect(await cluster.converter(namespace, 'web')).toEqual(second);
    release();
    await environment.condition('web', 'Reconciled', { reason: 'ChildTerminating' });
  });

  it('gets no child while it does not exist', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    await cluster.delete('TemperatureConverter', namespace, 'web');
    await Promise.all(KINDS.map((kind) => cluster.delete(kind, namespace, 'web')));
    await operator.idle();
    expect(await operator.writes(4)).toEqual([]);
    for (const kind of KINDS) expect(await cluster.find(kind, namespace, 'web')).toBeUndefined();
  });
});

describe('a resource whose deletion waits for a finalizer', () => {
  it('has its children neither created nor updated', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web', {}, { finalizers: ['example.com/later'] });
    await environment.applied('web');
    await operator.idle();
    await cluster.delete('TemperatureConverter', namespace, 'web');
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Deleting' });
    await cluster.delete('Service', namespace, 'web');
    const edited = await cluster.patch(['Deployment', namespace, 'web'], { metadata: { labels: null } });
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 9090 } } });
    await environment.condition('web', 'Reconciled', { status: 'Unknown', reason: 'Deleting' });
    await operator.idle();
    expect(await cluster.find('Service', namespace, 'web')).toBeUndefined();
    expect(await cluster.get('Deployment', namespace, 'web')).toEqual(edited);

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { metadata: { finalizers: null } });
    await operator.idle();
    expect(await cluster.find('Service', namespace, 'web')).toBeUndefined();
    expect(new Set(await operator.writes(4))).toEqual(new Set(['update temperatureconverters/web/status']));
  });
});

describe('a paused resource', () => {
  it('gets no child until it is resumed', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web', { paused: true });
    await environment.condition('web', 'Paused', { status: 'True', reason: 'PausedBySpec' });
    await environment.condition('web', 'Ready', { status: 'Unknown', reason: 'Paused' });
    await operator.idle();
    for (const kind of KINDS) expect(await cluster.find(kind, namespace, 'web')).toBeUndefined();

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { paused: false } });
    await environment.applied('web');
    await environment.condition('web', 'Paused', { status: 'False', reason: 'NotPaused' });
    await cluster.children(namespace, 'web');
  });

  it('keeps changes to its children, still reports their status, and reconciles when it is resumed', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await cluster.patch(['TemperatureConverter', namespace, 'web'], {
      spec: { paused: true, service: { port: 9090 } },
    });
    await environment.condition('web', 'Paused', { status: 'True' });
    await cluster.delete('HorizontalPodAutoscaler', namespace, 'web');
    const edited = await cluster.patch(['Service', namespace, 'web'], {
      spec: { sessionAffinity: 'ClientIP', type: 'NodePort' },
    });
    await cluster.patchStatus(['Deployment', namespace, 'web'], { replicas: 3, readyReplicas: 2 });
    await eventually(async () => {
      expect((await cluster.converter(namespace, 'web')).status).toMatchObject({ replicas: 3, readyReplicas: 2 });
    });
    await operator.idle();
    expect(await cluster.get('Service', namespace, 'web')).toEqual(edited);
    expect(await cluster.find('HorizontalPodAutoscaler', namespace, 'web')).toBeUndefined();

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { paused: false } });
    await environment.applied('web');
    const { Service } = await cluster.children(namespace, 'web');
    expect(Service.spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 9090 }], sessionAffinity: 'ClientIP' });
  });
});
