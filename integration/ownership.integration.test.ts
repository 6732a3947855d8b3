import { describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { Manifest } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { isProxiedWrite } from '../controller-runtime/testing/proxied-request.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
type Kind = (typeof KINDS)[number];

const LABELS = { app: 'theirs' };
const SPECS = {
  Deployment: {
    apiVersion: 'apps/v1',
    spec: {
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: { containers: [{ name: 'theirs', image: 'theirs:1' }] } },
    },
  },
  Service: { apiVersion: 'v1', spec: { selector: LABELS, ports: [{ port: 1234 }] } },
  HorizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'theirs' } },
  },
} as const;

const environment = setUpTestEnvironment();

function foreign(kind: Kind, name: string, metadata: object = {}): Manifest {
  return { kind, metadata: { namespace: environment.namespace, name, ...metadata }, ...SPECS[kind] };
}

describe.each(KINDS)('a %s of the name that is not ours', (kind) => {
  it('is left as it is, and explained; once it is gone, ours is made', async () => {
    const { cluster, namespace } = environment;
    const theirs = await cluster.create(foreign(kind, 'web'));
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');

    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    expect(message).toContain(`${kind} web exists, has no controller and is not the operator's`);
    await environment.condition('web', 'Ready', { status: 'False', reason: 'NameConflict' });
    for (const other of KINDS.filter((candidate) => candidate !== kind)) await cluster.get(other, namespace, 'web');
    await operator.idle();
    expect(await cluster.get(kind, namespace, 'web')).toEqual(theirs);
    expect((await operator.writes()).filter((write) => !write.startsWith('create events'))).toHaveLength(3);

    await cluster.delete(kind, namespace, 'web');
    await environment.applied('web');
    expect((await cluster.get(kind, namespace, 'web')).metadata.uid).not.toBe(theirs.metadata.uid);
  });

  it('is left as it is when it comes between the look and the write', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    const release = proxy.hold(`${kind.toLowerCase()}s`);
    const theirs = await cluster.create(foreign(kind, 'web'));
    await cluster.createConverter(namespace, 'web');
    // The operator does not know of it yet, tries to create its own, and is refused.
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'ApiUnavailable' });
    expect(await cluster.get(kind, namespace, 'web')).toEqual(theirs);
    release();
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    await operator.idle();
    expect(await cluster.get(kind, namespace, 'web')).toEqual(theirs);
    expect(proxy.requests.filter(isProxiedWrite).length).toBeLessThan(12);
  });
});

describe('a child that is taken away from its resource, labels included', () => {
  it('is not touched any more, and comes back under control once it is returned', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    const { metadata } = await cluster.get('Service', namespace, 'web');
    const theirs = await cluster.patch(['Service', namespace, 'web'], {
      metadata: { ownerReferences: null, labels: { 'app.kubernetes.io/managed-by': 'another' } },
      spec: { ports: [{ name: 'theirs', port: 1234 }] },
    });
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    await operator.idle();
    expect(await cluster.get('Service', namespace, 'web')).toEqual(theirs);

    await cluster.patch(['Service', namespace, 'web'], { metadata: { ownerReferences: metadata.ownerReferences } });
    await environment.applied('web');
    expect((await cluster.get('Service', namespace, 'web')).spec?.['ports']).toContainEqual(
      expect.objectContaining({ name: 'http', port: 80 }),
    );
  });
});

describe('a resource that is deleted and made again', () => {
  it('waits until the garbage collector has removed the children of the first', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const left = await cluster.children(namespace, 'web');
    await cluster.delete('TemperatureConverter', namespace, 'web');
    const { metadata } = await cluster.createConverter(namespace, 'web', { service: { port: 9090 } });

    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    expect(message).toContain('belongs to an earlier resource of this name');
    await operator.idle();
    expect(await cluster.children(namespace, 'web')).toEqual(left);

    await Promise.all(KINDS.map((kind) => cluster.delete(kind, namespace, 'web')));
    await environment.applied('web');
    for (const child of Object.values(await cluster.children(namespace, 'web'))) {
      expect(child.metadata.ownerReferences).toEqual([expect.objectContaining({ uid: metadata.uid })]);
    }
  });

  it('never gets the status of the first', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const release = proxy.hold('temperatureconverters');
    await cluster.delete('TemperatureConverter', namespace, 'web');
    const second = await cluster.createConverter(namespace, 'web');
    // Something to report, about the first.
    const writes = proxy.requests.filter(isProxiedWrite).length;
    await cluster.patchStatus(['Deployment', namespace, 'web'], { replicas: 2 });
    await eventually(() => {
      expect(proxy.requests.filter(isProxiedWrite).length).toBeGreaterThan(writes);
    });
    expect(await cluster.converter(namespace, 'web')).toEqual(second);
    release();
    await environment.condition('web', 'Reconciled', { reason: 'NameConflict' });
  });

  it('has no child made for the first, once that is gone', async () => {
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
  it('has no child made or changed again', async () => {
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
  it('gets no child until it goes on', async () => {
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

  it('keeps its children as others make them, is still observed, and catches up when it goes on', async () => {
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
