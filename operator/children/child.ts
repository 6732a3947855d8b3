import type { OwnerReference } from '../api/object-meta.ts';
import { API_VERSION, KIND, type TemperatureConverter } from '../api/temperature-converter.ts';

/** The kinds of object that the operator keeps for each resource, all of the resource's name. */
export type ChildKind = 'Deployment' | 'Service' | 'HorizontalPodAutoscaler';

/** The metadata that a child is to have. */
export interface DesiredMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

/** The metadata of a child of that resource, which owns it: deleting the resource deletes the child. */
export function buildChildMetadata(
  resource: TemperatureConverter,
  labels: Readonly<Record<string, string>>,
): DesiredMetadata {
  const { name, namespace, uid } = resource.metadata;
  return {
    name,
    namespace,
    labels,
    ownerReferences: [{ apiVersion: API_VERSION, kind: KIND, name, uid, controller: true, blockOwnerDeletion: true }],
  };
}
