import type { OwnerReference } from '../../controller-runtime/object/object.ts';

/** The kinds of the children of a resource. Each child has the name of the resource. */
export type ChildKind = 'Deployment' | 'Service' | 'HorizontalPodAutoscaler' | 'PodDisruptionBudget';

/** The desired metadata of a child. */
export interface DesiredMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}
