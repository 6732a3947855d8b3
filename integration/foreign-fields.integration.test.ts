import { describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { valueAt, withValueAt } from './testing/leaf-fields.ts';
import { storesValue } from './testing/server-features.ts';
import { comparableState } from './testing/comparable-state.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;

const FOREIGN_METADATA = { labels: { 'example.com/foreign': 'yes' }, annotations: { 'example.com/foreign': 'yes' } };
const RESTARTED = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };

/** Fields that another field manager adds, by kind. */
const FOREIGN = {
  Deployment: {
    replicas: 3,
    template: {
      metadata: { annotations: RESTARTED },
      spec: {
        hostname: 'foreign',
        volumes: [{ name: 'foreign', emptyDir: {} }],
        containers: [
          { name: 'converter', env: [{ name: 'FOREIGN', value: 'yes' }], workingDir: '/foreign' },
          { name: 'sidecar', image: 'registry.example.com/sidecar:1' },
        ],
      },
    },
  },
  Service: { sessionAffinity: 'ClientIP', ports: [{ name: 'metrics', port: 9464, targetPort: 'metrics' }] },
  HorizontalPodAutoscaler: { behavior: { scaleUp: { stabilizationWindowSeconds: 30 } } },
} as const;

/** The fields of both field managers after a change of the resource's spec. */
const MERGED = {
  Deployment: {
    replicas: 3,
    template: {
      metadata: { annotations: RESTARTED },
      spec: {
        hostname: 'foreign',
        volumes: [expect.objectContaining({ name: 'foreign' })],
        containers: [
          expect.objectContaining({
            name: 'converter',
            image: 'registry.example.com/other:2',
            workingDir: '/foreign',
            env: expect.arrayContaining([
              { name: 'FOREIGN', value: 'yes' },
              { name: 'PORT', value: '5000' },
            ]),
          }),
          expect.objectContaining({ name: 'sidecar' }),
        ],
      },
    },
  },
  Service: {
    sessionAffinity: 'ClientIP',
    ports: expect.arrayContaining([
      expect.objectContaining({ name: 'http', port: 81 }),
      expect.objectContaining({ name: 'metrics', port: 9464 }),
    ]),
  },
  HorizontalPodAutoscaler: {
    maxReplicas: 2,
    behavior: expect.objectContaining({ scaleUp: expect.objectContaining({ stabilizationWindowSeconds: 30 }) }),
  },
} as const;

const environment = setUpTestEnvironment();

describe.each(KINDS)('fields that another manager adds to a %s', (kind) => {
  it('remain without a write, through a repair, and through a change of the spec', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const added = await cluster.apply([kind, namespace, 'web'], { metadata: FOREIGN_METADATA, spec: FOREIGN[kind] });
    await operator.idle();
    expect(await operator.writes(4)).toEqual([]);

    const edit = { metadata: { labels: { 'app.kubernetes.io/part-of': 'something-else' } } };
    await cluster.patch([kind, namespace, 'web'], edit);
    await eventually(async () => {
      expect(comparableState(await cluster.get(kind, namespace, 'web'))).toEqual(comparableState(added));
    });

    const spec = { image: 'registry.example.com/other:2', service: { port: 81 }, autoscaling: { maxReplicas: 2 } };
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec });
    await environment.applied('web');
    expect(await cluster.get(kind, namespace, 'web')).toMatchObject({ metadata: FOREIGN_METADATA, spec: MERGED[kind] });
  });
});

describe('a list item whose key another client changes', () => {
  const CONTAINER = ['spec', 'template', 'spec', 'containers', 0];
  const http = { name: 'http', containerPort: 5000, protocol: 'TCP' };

  it.each([
    {
      title: 'an environment variable',
      item: [...CONTAINER, 'env', 2],
      edit: { name: 'RENAMED' },
      expected: { name: 'LOG_LEVEL', value: 'info' },
    },
    { title: 'a container', item: CONTAINER, edit: { name: 'renamed' }, expected: { name: 'converter' } },
    { title: "a container's port", item: [...CONTAINER, 'ports', 0], edit: { containerPort: 5555 }, expected: http },
    { title: "a port's protocol", item: [...CONTAINER, 'ports', 0], edit: { protocol: 'UDP' }, expected: http },
    {
      title: 'a spread constraint',
      item: ['spec', 'template', 'spec', 'topologySpreadConstraints', 0],
      edit: { topologyKey: 'topology.kubernetes.io/zone' },
      expected: { topologyKey: 'kubernetes.io/hostname', maxSkew: 1 },
    },
  ])('is restored: $title', async ({ item, edit, expected }) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');

    await cluster.edit(['Deployment', namespace, 'web'], (object) => {
      // SAFETY: a copy of an object is an object, and the items of these lists are too.
      return withValueAt(object, item, { ...(valueAt(object, item) as object), ...edit }) as object;
    });
    await eventually(async () => {
      const items = valueAt(await cluster.get('Deployment', namespace, 'web'), item.slice(0, -1));
      expect(items).toContainEqual(expect.objectContaining(expected));
    });
    await operator.idle();
    expect(await environment.condition('web', 'Reconciled', { status: 'True' })).toMatchObject({ reason: 'Applied' });
  });

  it('is restored: the port of the Service, without the other number', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const ports = [
      { name: 'http', port: 8888, targetPort: 'http' },
      { name: 'extra', port: 9999, targetPort: 'metrics' },
    ];
    await cluster.patch(['Service', namespace, 'web'], { spec: { ports } });
    await eventually(async () => {
      const { spec } = await cluster.get('Service', namespace, 'web');
      expect(spec?.['ports']).toEqual([
        expect.objectContaining({ name: 'http', port: 80 }),
        expect.objectContaining({ name: 'extra', port: 9999 }),
      ]);
    });
    await operator.idle();
    // A patch of the ports.
    expect(await operator.writes(4)).toEqual(['patch services/web']);
  });
});

describe("a field of another client that conflicts with the operator's fields", () => {
  it.each([
    ['a second handler of a probe', ['livenessProbe'], { tcpSocket: { port: 5000 }, periodSeconds: 10 }],
    ['a second preStop handler', ['lifecycle'], { preStop: { exec: { command: ['true'] } } }],
    ['a second port of the same name', ['ports'], [{ name: 'http', containerPort: 7000 }]],
  ])('is removed: %s', async (_title, path, value) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const before = await cluster.get('Deployment', namespace, 'web');

    const at = ['spec', 'template', 'spec', 'containers', 0, ...path];
    // SAFETY: a copy of an object is an object.
    await cluster.edit(['Deployment', namespace, 'web'], (object) => withValueAt(object, at, value) as object);
    await eventually(async () => {
      expect(comparableState(await cluster.get('Deployment', namespace, 'web'))).toEqual(comparableState(before));
    });
    await operator.idle();
    // A rejected apply, a patch that removes the conflicting fields, the change of their owner, and an apply.
    expect(await operator.writes(4)).toEqual(Array(4).fill('patch deployments/web'));
  });
});

describe('a field of another manager that a change of the spec makes invalid', () => {
  const POD = ['spec', 'template', 'spec'];
  const CONTAINER = [...POD, 'containers', 0];

  it.each([
    {
      title: 'a limit of the container',
      path: [...CONTAINER, 'resources', 'limits', 'ephemeral-storage'],
      value: '1Gi',
      resources: { requests: { cpu: '100m', 'ephemeral-storage': '2Gi' } },
    },
    {
      title: 'resources of the pod',
      path: [...POD, 'resources'],
      value: { requests: { cpu: '300m' } },
      resources: { requests: { cpu: '500m' } },
    },
  ])('is removed from the Deployment, whose replicas stay: $title', async ({ path, value, resources }) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await cluster.edit(['Deployment', namespace, 'web'], (object) => {
      // SAFETY: a copy of an object is an object.
      return withValueAt(withValueAt(object, path, value), ['spec', 'replicas'], 3) as object;
    });
    await operator.idle();
    const edited = valueAt(await cluster.get('Deployment', namespace, 'web'), path);
    // An older API server drops a field that it does not know.
    expect(edited).toEqual((await storesValue(cluster.client, 'deployments', path, value)) ? value : undefined);

    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { resources } });
    await environment.applied('web');
    const after = await cluster.get('Deployment', namespace, 'web');
    expect(valueAt(after, [...CONTAINER, 'resources'])).toEqual(resources);
    expect(valueAt(after, path)).toBeUndefined();
    expect(after.spec).toMatchObject({ replicas: 3 });
  });
});
