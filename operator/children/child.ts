import type { OwnerReference } from '../api/object-meta.ts';
import { API_VERSION, KIND, type TemperatureConverter } from '../api/temperature-converter.ts';

/** The kinds of the children of a resource. Each child has the name of the resource. */
export type ChildKind = 'Deployment' | 'Service' | 'HorizontalPodAutoscaler';

/** The desired metadata of a child. */
export interface DesiredMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

/** Builds the metadata of a child. Its owner reference makes the garbage collector delete it with the resource. */
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
