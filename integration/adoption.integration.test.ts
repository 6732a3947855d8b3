import { describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { Kind, LiveObject, Manifest } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
const ADOPT = 'temperature-converter.io/adopt';
const API_VERSIONS = { Deployment: 'apps/v1', Service: 'v1', HorizontalPodAutoscaler: 'autoscaling/v2' } as const;

const environment = setUpTestEnvironment();

function address<K extends Kind>(kind: K): readonly [K, string, 'web'] {
  return [kind, environment.namespace, 'web'];
}

/** An object as a backup tool such as Velero stores it: without server-set metadata and status. */
function backupOf(kind: (typeof KINDS)[number], { metadata, spec = {} }: LiveObject): Manifest {
  const { name, namespace, labels, annotations } = metadata;
  const { clusterIP: _clusterIP, clusterIPs: _clusterIPs, ...kept } = spec;
  return { apiVersion: API_VERSIONS[kind], kind, metadata: { name, namespace, labels, annotations }, spec: kept };
}

async function expectAdopted(uid: string): Promise<void> {
  for (const [kind, child] of Object.entries(await environment.cluster.children(environment.namespace, 'web'))) {
    expect([kind, child.metadata.ownerReferences]).toEqual([
      kind,
      [expect.objectContaining({ uid, controller: true })],
    ]);
  }
}

describe('a child without its owner reference is adopted and updated', () => {
  it.each(KINDS)('after an edit: %s', async (kind) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const { metadata } = await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const before = await cluster.get(...address(kind));
    await cluster.patch(address(kind), {
      metadata: { ownerReferences: null, labels: { 'app.kubernetes.io/part-of': 'another' } },
    });
    await eventually(async () => {
      const after = await cluster.get(...address(kind));
      expect(after.metadata).toMatchObject({
        uid: before.metadata.uid,
        labels: before.metadata.labels,
        ownerReferences: [{ uid: metadata.uid, controller: true }],
      });
    });
    await environment.applied('web');
    await operator.idle();
    expect(await operator.writes(4)).toEqual([`patch ${kind.toLowerCase()}s/web`]);
  });

  it('after `kubectl delete --cascade=orphan`, by a new resource of the same name', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web', { service: { annotations: { 'example.com/a': 'b' } } });
    await environment.applied('web');
    const before = await cluster.children(namespace, 'web');
    await deleteOrphaning();

    const { metadata } = await cluster.createConverter(namespace, 'web', { service: { port: 81 } });
    await environment.applied('web');
    await expectAdopted(metadata.uid);
    const { Service, Deployment } = await cluster.children(namespace, 'web');
    expect([Service.metadata.uid, Deployment.metadata.uid]).toEqual([
      before.Service.metadata.uid,
      before.Deployment.metadata.uid,
    ]);
    expect(Service.spec).toMatchObject({ clusterIP: before.Service.spec?.['clusterIP'], ports: [{ port: 81 }] });
    // The annotation of the earlier resource is removed.
    expect(Service.metadata.annotations).not.toHaveProperty('example.com/a');
    await operator.idle();
  });

  it.each([
    ['children first, as Velero does', true],
    ['the resource first', false],
  ])('after a restore from a backup, %s', async (_case, isChildrenFirst) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const spec = { service: { annotations: { 'example.com/a': 'b' } }, pod: { priorityClassName: 'high' } };
    await cluster.createConverter(namespace, 'web', spec);
    await environment.applied('web');
    // Fields that a user added.
    await cluster.patch(address('Service'), { metadata: { annotations: { 'example.com/mine': 'kept' } } });
    await cluster.patch(address('Deployment'), { spec: { replicas: 3 } });
    const children = await cluster.children(namespace, 'web');
    await cluster.delete(...address('TemperatureConverter'));
    for (const kind of KINDS) await cluster.delete(...address(kind));
    await operator.idle();

    const restoreResource = (): Promise<unknown> => cluster.createConverter(namespace, 'web', spec);
    if (!isChildrenFirst) await restoreResource();
    for (const kind of KINDS) {
      // The operator may already have created the child.
      await cluster.create(backupOf(kind, children[kind])).catch((error: unknown) => {
        if (isChildrenFirst) throw error;
      });
    }
    if (isChildrenFirst) await restoreResource();
    const { metadata } = await environment.applied('web');
    await expectAdopted(metadata.uid);
    if (!isChildrenFirst) return;

    const restored = await cluster.children(namespace, 'web');
    expect(restored.Service.metadata.annotations).toMatchObject({ 'example.com/mine': 'kept', 'example.com/a': 'b' });
    expect(restored.Deployment.spec).toMatchObject({ replicas: 3 });
    // The operator owns the fields again, so that fields removed from the spec are removed from the children.
    await cluster.patch(address('TemperatureConverter'), { spec: { service: { annotations: null }, pod: null } });
    await environment.applied('web');
    const { Service, Deployment } = await cluster.children(namespace, 'web');
    expect(Service.metadata.annotations).toMatchObject({ 'example.com/mine': 'kept' });
    expect(Service.metadata.annotations).not.toHaveProperty('example.com/a');
    expect(Deployment.spec).toMatchObject({ replicas: 3 });
    expect(JSON.stringify(Deployment.spec)).not.toContain('priorityClassName');
    await operator.idle();
    const { length } = await operator.writes();
    operator.clock.advance(60_000);
    await operator.idle();
    expect(await operator.writes()).toHaveLength(length);
  });

  it('but not while the resource is paused', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await cluster.patch(address('TemperatureConverter'), { spec: { paused: true } });
    await environment.condition('web', 'Paused', { status: 'True' });
    const orphaned = await cluster.patch(address('Service'), { metadata: { ownerReferences: null } });
    await operator.idle();
    expect(await cluster.get(...address('Service'))).toEqual(orphaned);
    await cluster.patch(address('TemperatureConverter'), { spec: { paused: false } });
    const { metadata } = await environment.applied('web');
    await expectAdopted(metadata.uid);
  });
});

describe('a Deployment with another selector', () => {
  it('is reported, because the selector is immutable, and re-created once deleted', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    const { Deployment } = await cluster.children(namespace, 'web');
    await cluster.delete(...address('TemperatureConverter'));
    await cluster.delete(...address('Deployment'));
    const labels = { ...Deployment.metadata.labels, track: 'old' };
    const manifest = backupOf('Deployment', Deployment);
    // SAFETY: the manifest is a Deployment.
    const { template } = manifest['spec'] as { template: { metadata: object } };
    await cluster.create({
      ...manifest,
      spec: {
        ...(manifest['spec'] as object),
        selector: { matchLabels: labels },
        template: { ...template, metadata: { labels } },
      },
    });
    const before = await cluster.get(...address('Deployment'));
    for (const kind of ['Service', 'HorizontalPodAutoscaler'] as const) await cluster.delete(...address(kind));
    await cluster.createConverter(namespace, 'web');
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    expect(message).toMatch(/^Deployment web: spec\.selector\./);
    expect(message).toContain('kubectl delete deployment web');
    expect(await cluster.get(...address('Deployment'))).toEqual(before);
    await cluster.delete(...address('Deployment'));
    await environment.applied('web');
  });
});

describe('an object that the operator did not create', () => {
  const SPECS = {
    Service: { selector: { app: 'old' }, ports: [{ name: 'web', port: 80 }], type: 'LoadBalancer' },
    HorizontalPodAutoscaler: {
      maxReplicas: 9,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'old' },
    },
  } as const;

  async function createForeign(kind: keyof typeof SPECS, metadata: object = {}): Promise<LiveObject> {
    return environment.cluster.create({
      apiVersion: API_VERSIONS[kind],
      kind,
      metadata: { name: 'web', namespace: environment.namespace, ...metadata },
      spec: SPECS[kind],
    });
  }

  it('is adopted once annotated with consent; a Service keeps its addresses', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const before = await createForeign('Service', { annotations: { 'example.com/mine': 'kept' } });
    const ingress = [{ ip: '192.0.2.7', ipMode: 'VIP' }];
    await cluster.patchStatus(address('Service'), { loadBalancer: { ingress } });
    await cluster.createConverter(namespace, 'web', { service: { type: 'LoadBalancer' } });
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    const command = `kubectl annotate service web ${ADOPT}=web`;
    expect(message).toContain(command);

    await cluster.patch(address('Service'), { metadata: { annotations: { [ADOPT]: 'web' } } });
    const { metadata } = await environment.applied('web');
    const after = await cluster.get(...address('Service'));
    expect(after.metadata).toMatchObject({
      uid: before.metadata.uid,
      ownerReferences: [{ uid: metadata.uid }],
      annotations: { 'example.com/mine': 'kept' },
    });
    expect(after.spec).toMatchObject({
      clusterIP: before.spec?.['clusterIP'],
      selector: { 'app.kubernetes.io/instance': 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'http', nodePort: nodePortOf(before) }],
    });
    expect(after.status).toMatchObject({ loadBalancer: { ingress } });
    await operator.idle();
  });

  it.each([
    ['names another resource', { annotations: { [ADOPT]: 'other' } }],
    ['is empty', { annotations: { [ADOPT]: '' } }],
    [
      "is missing, even with some of the operator's labels",
      { labels: { 'app.kubernetes.io/managed-by': 'temperature-converter-operator' } },
    ],
    [
      'is missing, with the labels of another resource',
      {
        labels: {
          'app.kubernetes.io/name': 'temperature-converter',
          'app.kubernetes.io/instance': 'other',
          'app.kubernetes.io/component': 'converter',
          'app.kubernetes.io/managed-by': 'temperature-converter-operator',
        },
      },
    ],
  ])('is not modified when the consent annotation %s', async (_case, metadata) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const before = await createForeign('HorizontalPodAutoscaler', metadata);
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    await operator.idle();
    expect(await cluster.get(...address('HorizontalPodAutoscaler'))).toEqual(before);
  });

  it.each(['Service', 'HorizontalPodAutoscaler'] as const)(
    'is not modified while another controller owns it, even with labels and consent: %s',
    async (kind) => {
      const { cluster, namespace } = environment;
      const operator = await environment.startSynced();
      const owner = {
        apiVersion: 'example.com/v1',
        kind: 'Web',
        name: 'web',
        uid: crypto.randomUUID(),
        controller: true,
      };
      const before = await createForeign(kind, {
        ownerReferences: [owner],
        annotations: { [ADOPT]: 'web' },
        labels: {
          'app.kubernetes.io/name': 'temperature-converter',
          'app.kubernetes.io/instance': 'web',
          'app.kubernetes.io/component': 'converter',
          'app.kubernetes.io/managed-by': 'temperature-converter-operator',
        },
      });
      await cluster.createConverter(namespace, 'web');
      const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
      expect(message).toContain('is controlled by Web web');
      await operator.idle();
      expect(await cluster.get(...address(kind))).toEqual(before);
    },
  );
});

function nodePortOf({ spec }: LiveObject): unknown {
  // SAFETY: a Service has ports.
  const [port] = (spec?.['ports'] ?? []) as readonly { readonly nodePort?: number }[];
  return port?.nodePort;
}

/** Acts as the API server and the garbage collector at `kubectl delete --cascade=orphan`. */
async function deleteOrphaning(): Promise<void> {
  const { cluster } = environment;
  await cluster.client.send({
    method: 'DELETE',
    path: `/apis/temperature-converter.io/v1/namespaces/${environment.namespace}/temperatureconverters/web`,
    body: { propagationPolicy: 'Orphan' },
  });
  for (const kind of KINDS)
    await cluster.patch(address(kind), { metadata: { ownerReferences: null } }, 'kube-controller-manager');
  await cluster.patch(address('TemperatureConverter'), { metadata: { finalizers: null } });
}
