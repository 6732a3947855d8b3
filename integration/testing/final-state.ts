import { OWNER_GENERATION_ANNOTATION } from '../../operator/children/labels.ts';
import type { Cluster, LiveObject } from './cluster.ts';
import { comparableState } from './comparable-state.ts';

const KINDS = [
  'TemperatureConverter',
  'Deployment',
  'Service',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
] as const;

/** Fields that depend on the history of the object. */
const HISTORY_FIELDS = new Set(['lastTransitionTime', 'observedGeneration', OWNER_GENERATION_ANNOTATION]);

/**
 * The state of a resource, comparable across namespaces: the resource with its status, its children, and the fields that
 * the operator owns in each.
 */
export async function finalState(cluster: Cluster, namespace: string, name: string): Promise<unknown> {
  const states = await finalStates(cluster, namespace);
  return states[name];
}

/** The final state of every resource in a namespace, by name. */
export async function finalStates(cluster: Cluster, namespace: string): Promise<Readonly<Record<string, unknown>>> {
  const lists = await Promise.all(KINDS.map((kind) => cluster.list(kind, namespace)));
  const [resources = []] = lists;
  const states = resources.map(({ metadata: { name, uid } }) => {
    const objects = lists.map((list) => list.find(({ metadata }) => metadata.name === name));
    return [name, normalize(objects, { [namespace]: 'NAMESPACE', [uid]: 'UID' })] as const;
  });
  return Object.fromEntries(states);
}

function normalize(
  objects: readonly (LiveObject | undefined)[],
  placeholders: Readonly<Record<string, string>>,
): unknown {
  const states = objects.map((object, index) => [KINDS[index], comparableState(object), ownedFields(object)]);
  const text = Object.entries(placeholders).reduce(
    (replaced, [value, placeholder]) => replaced.replaceAll(value, placeholder),
    JSON.stringify(states),
  );
  return JSON.parse(text, (field, value: unknown) => (HISTORY_FIELDS.has(field) ? field : value));
}

function ownedFields(object: LiveObject | undefined): readonly unknown[] {
  return (object?.metadata.managedFields ?? [])
    .filter(({ manager }) => manager === 'temperature-converter-operator')
    .map(({ operation, subresource, fieldsV1 }) => ({ operation, subresource, fieldsV1 }));
}
