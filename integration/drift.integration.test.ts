import { describe, expect, it } from '@jest/globals';
import type { TemperatureConverter } from '../operator/api/temperature-converter.ts';
import type { ChildKind } from '../operator/children/child.ts';
import { buildChildren } from '../operator/children/children.ts';
import { ApiError } from '../controller-runtime/client/errors.ts';
import { isWrite } from '../controller-runtime/testing/audit-log.ts';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { LiveObject } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { EVERY_FIELD, readEveryStoredField } from './testing/every-field.ts';
import { storesValue } from './testing/server-features.ts';
import { leafPaths, formatPath, type Step, valueAt, withValueAt } from './testing/leaf-fields.ts';
import { comparableState } from './testing/comparable-state.ts';
import type { RunningOperator } from './testing/running-operator.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'] as const;
const CONTAINER = 'spec.template.spec.containers[0]';

/** Valid other values of the fields that accept no derived value. */
const OTHER_VALUES: Readonly<Record<string, unknown>> = {
  [`${CONTAINER}.imagePullPolicy`]: 'Always',
  [`${CONTAINER}.resources.requests.cpu`]: '50m',
  [`${CONTAINER}.resources.requests.memory`]: '32Mi',
  [`${CONTAINER}.resources.requests.ephemeral-storage`]: '8Mi',
  [`${CONTAINER}.resources.limits.cpu`]: '1',
  [`${CONTAINER}.resources.limits.memory`]: '256Mi',
  [`${CONTAINER}.resources.limits.ephemeral-storage`]: '128Mi',
  'spec.template.spec.securityContext.seccompProfile.type': 'Unconfined',
  'spec.template.spec.tolerations[1].effect': 'NoExecute',
  'spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight': 50,
  'spec.type': 'LoadBalancer',
  'spec.externalTrafficPolicy': 'Cluster',
  'spec.internalTrafficPolicy': 'Cluster',
  'spec.sessionAffinity': 'None',
  'spec.trafficDistribution': 'PreferSameNode',
  'spec.unhealthyPodEvictionPolicy': 'IfHealthyBudget',
};

/** Fields that the API server does not allow to change, or not alone. */
const IMMUTABLE: Readonly<Record<ChildKind, readonly string[]>> = {
  Deployment: [
    'spec.selector.matchLabels.app.kubernetes.io/name',
    'spec.selector.matchLabels.app.kubernetes.io/instance',
    'spec.selector.matchLabels.app.kubernetes.io/component',
    'spec.strategy.type',
    'spec.template.metadata.labels.app.kubernetes.io/name',
    'spec.template.metadata.labels.app.kubernetes.io/instance',
    'spec.template.metadata.labels.app.kubernetes.io/component',
    'spec.template.spec.tolerations[0].operator',
    'spec.template.spec.tolerations[0].effect',
    'spec.template.spec.tolerations[1].operator',
  ],
  Service: [],
  HorizontalPodAutoscaler: [
    'spec.metrics[0].type',
    'spec.metrics[0].containerResource.name',
    'spec.metrics[0].containerResource.target.type',
  ],
  PodDisruptionBudget: [],
};

/** Keys of list items: another value makes another item, which the operator does not own. */
const LIST_KEYS = [
  /^metadata\.ownerReferences/,
  /\.(?:containers|env|imagePullSecrets)\[\d+\]\.name$/,
  /\.(?:containerPort|protocol)$/,
  /\.topologySpreadConstraints\[\d+\]\.(?:topologyKey|whenUnsatisfiable)$/,
];

type Edit = (object: LiveObject, path: readonly Step[]) => object;

const change: Edit = (object, path) => edited(object, path, anotherValue(path, valueAt(object, path)));
const removal: Edit = (object, path) => edited(object, path, undefined);

const environment = setUpTestEnvironment();

describe.each(KINDS)('drift in each owned field of a %s', (kind) => {
  it('repairs each changed field with one write', async () => {
    const cases = await editEach(kind, change);
    const rejected = cases.filter(({ outcome }) => outcome === 'rejected').map(({ path }) => path);
    expect(rejected).toEqual(IMMUTABLE[kind]);
    expect(cases.filter(({ outcome }) => outcome === 'unchanged')).toEqual([]);
  });

  it('repairs each removed field with one write', async () => {
    const cases = await editEach(kind, removal);
    // The other fields are required, or have the wanted value as their default.
    expect(cases.filter(({ outcome }) => outcome === 'edited').length).toBeGreaterThan(cases.length / 4);
  });
});

interface EditCase {
  readonly path: string;
  readonly outcome: 'edited' | 'unchanged' | 'rejected';
}

/** Edits each owned field in the child of a separate resource, and asserts that each is repaired. */
async function editEach(kind: ChildKind, edit: Edit): Promise<readonly EditCase[]> {
  const { cluster, namespace } = environment;
  const operator = await environment.startSynced();
  const newField = ['spec', 'trafficDistribution'];
  const isChangeStored = await storesValue(cluster.client, 'services', newField, OTHER_VALUES[formatPath(newField)]);
  const paths = ownedPaths(kind).filter((owned) => isChangeStored || formatPath(owned) !== formatPath(newField));
  const spec = await readEveryStoredField(cluster.client);
  const names = paths.map((_, index) => `web-${index}`);
  await mapConcurrently(names, (name) => cluster.createConverter(namespace, name, spec));
  await environment.allApplied(names.length);
  await operator.idle();
  const states = async (): Promise<object> => {
    const objects = new Map((await cluster.list(kind, namespace)).map((object) => [object.metadata.name, object]));
    return Object.fromEntries(
      names.map((name, index) => [formatPath(paths[index] ?? []), comparableState(objects.get(name))]),
    );
  };
  const before = await states();
  const writesBefore = await writeCount(operator);

  const cases = await mapConcurrently(names, async (name, index): Promise<EditCase> => {
    const path = paths[index] ?? [];
    return { path: formatPath(path), outcome: await tryEdit(kind, name, (object) => edit(object, path)) };
  });

  await eventually(async () => expect(await states()).toEqual(before));
  await operator.idle();
  const editedCases = cases.filter(({ outcome }) => outcome === 'edited');
  expect((await writeCount(operator)) - writesBefore).toBe(editedCases.length);
  return cases;
}

async function tryEdit(
  kind: ChildKind,
  name: string,
  edit: (object: LiveObject) => object,
): Promise<EditCase['outcome']> {
  const { cluster, namespace } = environment;
  const before = await cluster.get(kind, namespace, name);
  try {
    const after = await cluster.edit([kind, namespace, name], edit);
    return after.metadata.resourceVersion === before.metadata.resourceVersion ? 'unchanged' : 'edited';
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return 'rejected';
    throw error;
  }
}

async function writeCount(operator: RunningOperator): Promise<number> {
  return (await operator.requests()).filter(isWrite).length;
}

/** The path of every field that the operator sets in a child, except the keys of list items. */
function ownedPaths(kind: ChildKind): readonly (readonly Step[])[] {
  // SAFETY: has every field that the builders read, as after the API server's defaulting.
  const resource = {
    metadata: { name: 'web', namespace: 'default', uid: 'uid' },
    spec: { ...EVERY_FIELD, paused: false },
  } as unknown as TemperatureConverter;
  const child = buildChildren(resource, { image: 'unused' })[kind];
  if (child === undefined) throw new Error(`every field includes those of a ${kind}`);
  const { metadata, spec } = child;
  const { name: _name, namespace: _namespace, ...rest } = metadata;
  return leafPaths({ metadata: rest, spec }).filter((path) => !LIST_KEYS.some((key) => key.test(formatPath(path))));
}

function edited(object: LiveObject, path: readonly Step[], value: unknown): object {
  // SAFETY: a copy of an object is an object.
  return withValueAt(object, path, value) as object;
}

function anotherValue(path: readonly Step[], value: unknown): unknown {
  const other = OTHER_VALUES[formatPath(path)];
  if (other !== undefined) return other;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return `${String(value)}x`;
}
