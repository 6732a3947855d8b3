import { OWNER_GENERATION_ANNOTATION } from '../../operator/children/labels.ts';
import type { Cluster, LiveObject } from './cluster.ts';
import { restingState } from './resting-state.ts';

const KINDS = ['TemperatureConverter', 'Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;

/** Fields that say how the state came to be. */
const INCIDENTAL = new Set(['lastTransitionTime', 'observedGeneration', OWNER_GENERATION_ANNOTATION]);

/**
 * All that a resource has come to, so that it can be compared with what another one in another namespace has: the
 * resource with its status, its children, and which of their fields are the operator's.
 */
export async function endState(cluster: Cluster, namespace: string, name: string): Promise<unknown> {
  const states = await endStates(cluster, namespace);
  return states[name];
}

/** The same of every resource in a namespace, by name. */
export async function endStates(cluster: Cluster, namespace: string): Promise<Readonly<Record<string, unknown>>> {
  const lists = await Promise.all(KINDS.map((kind) => cluster.list(kind, namespace)));
  const [resources = []] = lists;
  const states = resources.map(({ metadata: { name, uid } }) => {
    const objects = lists.map((list) => list.find(({ metadata }) => metadata.name === name));
    return [name, comparable(objects, { [namespace]: 'NAMESPACE', [uid]: 'UID' })] as const;
  });
  return Object.fromEntries(states);
}

function comparable(objects: readonly (LiveObject | undefined)[], words: Readonly<Record<string, string>>): unknown {
  const states = objects.map((object, index) => [KINDS[index], restingState(object), ownedFields(object)]);
  const text = Object.entries(words).reduce((t, [word, other]) => t.replaceAll(word, other), JSON.stringify(states));
  return JSON.parse(text, (field, value: unknown) => (INCIDENTAL.has(field) ? field : value));
}

function ownedFields(object: LiveObject | undefined): readonly unknown[] {
  return (object?.metadata.managedFields ?? [])
    .filter(({ manager }) => manager === 'temperature-converter-operator')
    .map(({ operation, subresource, fieldsV1 }) => ({ operation, subresource, fieldsV1 }));
}
