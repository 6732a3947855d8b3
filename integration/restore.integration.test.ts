import { describe, expect, it } from '@jest/globals';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { Kind, LiveObject, Manifest } from './testing/cluster.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';

const API_VERSIONS = {
  Service: 'v1',
  Deployment: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  TemperatureConverter: 'temperature-converter.io/v1',
} as const;
type RestoredKind = keyof typeof API_VERSIONS;

/** The order in which Velero restores: Services have a priority, and other kinds follow by name. */
const VELERO_ORDER: readonly RestoredKind[] = [
  'Service',
  'Deployment',
  'HorizontalPodAutoscaler',
  'TemperatureConverter',
];
/** The labels that Velero adds to each object that it restores. */
const VELERO_LABELS = { 'velero.io/backup-name': 'daily', 'velero.io/restore-name': 'daily-1' };
/** The metadata that Velero removes. Managed fields are restored by a patch after the object is created. */
const REMOVED_METADATA = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'ownerReferences',
  'managedFields',
]);
const SPEC = { service: { annotations: { 'example.com/a': 'b' } }, pod: { priorityClassName: 'high' } };

const environment = setUpTestEnvironment();

type Backup = Readonly<Record<RestoredKind, LiveObject>>;

function address<K extends Kind>(kind: K): readonly [K, string, 'web'] {
  return [kind, environment.namespace, 'web'];
}

/** Creates a converter, and returns its objects. */
async function backUp(operator: RunningOperator, spec: object): Promise<Backup> {
  const { cluster, namespace } = environment;
  await cluster.createConverter(namespace, 'web', spec);
  await environment.applied('web');
  await operator.idle();
  return {
    ...(await cluster.children(namespace, 'web')),
    TemperatureConverter: await cluster.get(...address('TemperatureConverter')),
  };
}

/** Deletes all objects, as the deletion of the namespace does. */
async function deleteAll(): Promise<void> {
  for (const kind of VELERO_ORDER.toReversed()) await environment.cluster.delete(...address(kind));
}

/** Restores an object as Velero does: without status and some metadata, with labels, and with its managed fields. */
async function restore(kind: RestoredKind, backup: LiveObject, spec: object = backup.spec ?? {}): Promise<void> {
  await environment.cluster.create(manifestOf(kind, backup, spec));
  const { managedFields } = metadataOf(backup);
  await environment.cluster.patch(address(kind), { metadata: { managedFields } });
}

function manifestOf(kind: RestoredKind, backup: LiveObject, spec: object): Manifest {
  const kept = Object.entries(metadataOf(backup)).filter(([field]) => !REMOVED_METADATA.has(field));
  const labels = { ...backup.metadata.labels, ...VELERO_LABELS };
  const { namespace } = environment;
  const metadata = { ...Object.fromEntries(kept), name: 'web', namespace, labels };
  return { apiVersion: API_VERSIONS[kind], kind, metadata, spec };
}

function metadataOf({ metadata }: LiveObject): Readonly<Record<string, unknown>> {
  return { ...metadata };
}

/** The spec of a Service without its addresses, and by default without its node ports. */
function serviceSpec({ spec = {} }: LiveObject, isNodePortKept = false): object {
  const { clusterIP: _clusterIP, clusterIPs: _clusterIPs, ...kept } = spec;
  if (isNodePortKept) return kept;
  // SAFETY: a Service has ports.
  const ports = (spec['ports'] as readonly { nodePort?: number }[]).map(({ nodePort: _nodePort, ...port }) => port);
  return { ...kept, ports };
}

/** Restores all objects in Velero's order. */
async function restoreAll(backup: Backup, isNodePortKept = false): Promise<void> {
  for (const kind of VELERO_ORDER) {
    await restore(
      kind,
      backup[kind],
      kind === 'Service' ? serviceSpec(backup[kind], isNodePortKept) : backup[kind].spec,
    );
  }
}

/** Waits until the resource is Applied, and expects that it owns the restored children. */
async function expectAdopted(operator: RunningOperator): Promise<void> {
  const { cluster, namespace } = environment;
  const { metadata } = await environment.applied('web');
  for (const [kind, child] of Object.entries(await cluster.children(namespace, 'web'))) {
    expect([kind, child.metadata.ownerReferences]).toEqual([
      kind,
      [expect.objectContaining({ uid: metadata.uid, controller: true })],
    ]);
    expect([kind, child.metadata.labels]).toEqual([kind, expect.objectContaining(VELERO_LABELS)]);
  }
  await operator.idle();
}

/** Expects that the operator writes nothing any more. */
async function expectQuiet(operator: RunningOperator): Promise<void> {
  const { length } = await operator.writes();
  operator.clock.advance(60_000);
  await operator.idle();
  expect(await operator.writes(length)).toEqual([]);
}

describe('a converter that Velero restores', () => {
  it('adopts its children, which were restored before it, and owns their fields again', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const backup = await backUp(operator, SPEC);
    await deleteAll();
    await restoreAll(backup);
    await expectAdopted(operator);
    await expectQuiet(operator);
    // A field that the spec no longer has is removed from the children.
    await cluster.patch(address('TemperatureConverter'), { spec: { service: { annotations: null }, pod: null } });
    await environment.applied('web');
    const { Service, Deployment } = await cluster.children(namespace, 'web');
    expect(Service.metadata.annotations).not.toHaveProperty('example.com/a');
    expect(JSON.stringify(Deployment.spec)).not.toContain('priorityClassName');
  });

  it('adopts its children while the operator is started after the restore', async () => {
    const first = await environment.startSynced();
    const backup = await backUp(first, SPEC);
    await first.stop();
    await deleteAll();
    await restoreAll(backup);
    const second = await environment.startSynced();
    await expectAdopted(second);
    await expectQuiet(second);
  });

  it('is computed a status of its own, which Velero does not restore', async () => {
    const operator = await environment.startSynced();
    const backup = await backUp(operator, {});
    await environment.cluster.patchStatus(address('Deployment'), { replicas: 3, readyReplicas: 3 });
    await eventually(async () => {
      const { status } = await environment.cluster.converter(environment.namespace, 'web');
      expect(status).toMatchObject({ replicas: 3 });
    });
    await deleteAll();
    await restoreAll(backup);
    await expectAdopted(operator);
    const { status } = await environment.cluster.converter(environment.namespace, 'web');
    expect(status).toMatchObject({ replicas: 0, readyReplicas: 0 });
  });

  it.each([
    ['allocated, and not restored', {}, false],
    ['allocated, and restored with --preserve-nodeports', {}, true],
    ['set in the spec', { nodePort: 30_931 }, true],
  ])('has the node port, which was %s', async (_case, nodePort, isNodePortKept) => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const backup = await backUp(operator, { service: { type: 'NodePort', ...nodePort } });
    await deleteAll();
    await restoreAll(backup, isNodePortKept);
    await expectAdopted(operator);
    const { Service } = await cluster.children(namespace, 'web');
    const restored = nodePortOf(Service);
    if (isNodePortKept) expect(restored).toBe(nodePortOf(backup.Service));
    else expect(restored).toBeGreaterThanOrEqual(30_000);
    await expectQuiet(operator);
  });

  it.each(['Service', 'Deployment', 'HorizontalPodAutoscaler'] as const)(
    'creates a child that the backup does not include: %s',
    async (missing) => {
      const operator = await environment.startSynced();
      const backup = await backUp(operator, SPEC);
      await deleteAll();
      for (const kind of VELERO_ORDER.filter((other) => other !== missing)) {
        await restore(kind, backup[kind], kind === 'Service' ? serviceSpec(backup.Service) : backup[kind].spec);
      }
      await environment.applied('web');
      const created = await environment.cluster.get(...address(missing));
      expect(created.metadata.labels).not.toHaveProperty('velero.io/backup-name');
      await operator.idle();
      await expectQuiet(operator);
    },
  );

  it('updates children from an older backup to its spec', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const backup = await backUp(operator, { ...SPEC, service: { port: 81 } });
    await deleteAll();
    for (const kind of ['Service', 'Deployment', 'HorizontalPodAutoscaler'] as const) {
      await restore(kind, backup[kind], kind === 'Service' ? serviceSpec(backup.Service) : backup[kind].spec);
    }
    await cluster.createConverter(namespace, 'web', { service: { port: 82 } }, { labels: VELERO_LABELS });
    await expectAdopted(operator);
    const { Service, Deployment } = await cluster.children(namespace, 'web');
    expect(Service.spec).toMatchObject({ ports: [{ port: 82 }] });
    expect(JSON.stringify(Deployment.spec)).not.toContain('priorityClassName');
  });
});

// Other than Velero, some tools restore owner references.
describe('a child that was restored with the owner reference of the deleted resource', () => {
  it.each(['Service', 'Deployment', 'HorizontalPodAutoscaler'] as const)(
    'is not modified, and is created again once the garbage collector has deleted it: %s',
    async (kind) => {
      const { cluster, namespace } = environment;
      const operator = await environment.startSynced();
      const backup = await backUp(operator, SPEC);
      const { ownerReferences } = metadataOf(backup[kind]);
      await deleteAll();
      const manifest = manifestOf(
        kind,
        backup[kind],
        kind === 'Service' ? serviceSpec(backup.Service) : (backup[kind].spec ?? {}),
      );
      const dangling = await cluster.create({ ...manifest, metadata: { ...manifest.metadata, ownerReferences } });
      await cluster.createConverter(namespace, 'web', SPEC);
      const { message } = await environment.condition('web', 'Reconciled', { status: 'False' });
      expect(message).toContain(`${kind} web`);
      expect(message).toContain('The garbage collector deletes it');
      await operator.idle();
      expect(await cluster.get(...address(kind))).toEqual(dangling);
      await cluster.delete(...address(kind));
      await environment.applied('web');
    },
  );
});

function nodePortOf({ spec }: LiveObject): number | undefined {
  // SAFETY: a Service has ports.
  const [port] = (spec?.['ports'] ?? []) as readonly { readonly nodePort?: number }[];
  return port?.nodePort;
}
