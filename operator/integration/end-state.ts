import type { Cluster, LiveObject } from './cluster.ts';
import { restingState } from './resting-state.ts';

const KINDS = ['TemperatureConverter', 'Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;

/**
 * All that a resource has come to, so that it can be compared with what another one in another namespace has: the
 * resource with its status, its children, and which of their fields are the operator's.
 */
export async function endState(cluster: Cluster, namespace: string, name: string): Promise<object> {
  const objects = await Promise.all(KINDS.map((kind) => cluster.get(kind, namespace, name)));
  const uid = objects[0]?.metadata.uid ?? '';
  const states = objects.map((object) => ({ state: restingState(object), ours: ownedFields(object) }));
  const text = JSON.stringify(Object.fromEntries(KINDS.map((kind, index) => [kind, states[index]])));
  const comparable = text.replaceAll(namespace, 'NAMESPACE').replaceAll(uid, 'UID');
  // SAFETY: it was an object before.
  return JSON.parse(comparable.replaceAll(/"lastTransitionTime":"[^"]*"/g, '"lastTransitionTime":"TIME"')) as object;
}

function ownedFields({ metadata }: LiveObject): readonly unknown[] {
  return (metadata.managedFields ?? [])
    .filter(({ manager }) => manager === 'temperature-converter-operator')
    .map(({ operation, subresource, fieldsV1 }) => ({ operation, subresource, fieldsV1 }));
}
