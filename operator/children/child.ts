import type { OwnerReference } from '../api/object-meta.ts';

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
