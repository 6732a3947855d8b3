import type { AppliedKind } from './write-object.ts';

/** What the API says of a kind: where its objects are, and which fields of them never change. */
export type KindOptions = Pick<AppliedKind, 'kind' | 'resource' | 'immutableFields' | 'keptFields' | 'mergeRules'>;

/** Deployments (apps/v1). */
export const DEPLOYMENT = {
  kind: 'Deployment',
  resource: { group: 'apps', version: 'v1', plural: 'deployments' },
  immutableFields: ['spec.selector'],
  // An autoscaler or a person sets them.
  keptFields: ['spec.replicas'],
} as const satisfies KindOptions;

/** Services (v1). */
export const SERVICE = {
  kind: 'Service',
  resource: { group: '', version: 'v1', plural: 'services' },
  // The API server allocates them.
  keptFields: [
    'spec.clusterIP',
    'spec.clusterIPs',
    'spec.ipFamilies',
    'spec.ipFamilyPolicy',
    'spec.healthCheckNodePort',
  ],
} as const satisfies KindOptions;

/** HorizontalPodAutoscalers (autoscaling/v2). */
export const HORIZONTAL_POD_AUTOSCALER = {
  kind: 'HorizontalPodAutoscaler',
  resource: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
} as const satisfies KindOptions;

/** PodDisruptionBudgets (policy/v1). */
export const POD_DISRUPTION_BUDGET = {
  kind: 'PodDisruptionBudget',
  resource: { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' },
} as const satisfies KindOptions;
