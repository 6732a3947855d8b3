import type { AppliedKind } from './write-object.ts';

/** A kind: its resource and its immutable fields. */
export type KindOptions = Pick<AppliedKind, 'kind' | 'resource' | 'immutableFields' | 'mergeRules'>;

/** ConfigMaps (v1). */
export const CONFIG_MAP = {
  kind: 'ConfigMap',
  resource: { group: '', version: 'v1', plural: 'configmaps' },
} as const satisfies KindOptions;

/** Secrets (v1). */
export const SECRET = {
  kind: 'Secret',
  resource: { group: '', version: 'v1', plural: 'secrets' },
  immutableFields: ['type'],
} as const satisfies KindOptions;

/** Services (v1). */
export const SERVICE = {
  kind: 'Service',
  resource: { group: '', version: 'v1', plural: 'services' },
} as const satisfies KindOptions;

/** ServiceAccounts (v1). */
export const SERVICE_ACCOUNT = {
  kind: 'ServiceAccount',
  resource: { group: '', version: 'v1', plural: 'serviceaccounts' },
} as const satisfies KindOptions;

/** PersistentVolumeClaims (v1). */
export const PERSISTENT_VOLUME_CLAIM = {
  kind: 'PersistentVolumeClaim',
  resource: { group: '', version: 'v1', plural: 'persistentvolumeclaims' },
  immutableFields: ['spec.accessModes', 'spec.selector', 'spec.storageClassName', 'spec.volumeMode'],
} as const satisfies KindOptions;

/** DaemonSets (apps/v1). */
export const DAEMON_SET = {
  kind: 'DaemonSet',
  resource: { group: 'apps', version: 'v1', plural: 'daemonsets' },
  immutableFields: ['spec.selector'],
} as const satisfies KindOptions;

/** Deployments (apps/v1). */
export const DEPLOYMENT = {
  kind: 'Deployment',
  resource: { group: 'apps', version: 'v1', plural: 'deployments' },
  immutableFields: ['spec.selector'],
} as const satisfies KindOptions;

/** StatefulSets (apps/v1). */
export const STATEFUL_SET = {
  kind: 'StatefulSet',
  resource: { group: 'apps', version: 'v1', plural: 'statefulsets' },
  immutableFields: ['spec.selector', 'spec.serviceName', 'spec.podManagementPolicy', 'spec.volumeClaimTemplates'],
} as const satisfies KindOptions;

/** HorizontalPodAutoscalers (autoscaling/v2). */
export const HORIZONTAL_POD_AUTOSCALER = {
  kind: 'HorizontalPodAutoscaler',
  resource: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
} as const satisfies KindOptions;

/** CronJobs (batch/v1). */
export const CRON_JOB = {
  kind: 'CronJob',
  resource: { group: 'batch', version: 'v1', plural: 'cronjobs' },
} as const satisfies KindOptions;

/** Jobs (batch/v1). */
export const JOB = {
  kind: 'Job',
  resource: { group: 'batch', version: 'v1', plural: 'jobs' },
  immutableFields: ['spec.selector', 'spec.template', 'spec.completionMode'],
} as const satisfies KindOptions;

/** Ingresses (networking.k8s.io/v1). */
export const INGRESS = {
  kind: 'Ingress',
  resource: { group: 'networking.k8s.io', version: 'v1', plural: 'ingresses' },
} as const satisfies KindOptions;

/** NetworkPolicies (networking.k8s.io/v1). */
export const NETWORK_POLICY = {
  kind: 'NetworkPolicy',
  resource: { group: 'networking.k8s.io', version: 'v1', plural: 'networkpolicies' },
} as const satisfies KindOptions;

/** PodDisruptionBudgets (policy/v1). */
export const POD_DISRUPTION_BUDGET = {
  kind: 'PodDisruptionBudget',
  resource: { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' },
} as const satisfies KindOptions;

/** Roles (rbac.authorization.k8s.io/v1). */
export const ROLE = {
  kind: 'Role',
  resource: { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles' },
} as const satisfies KindOptions;

/** RoleBindings (rbac.authorization.k8s.io/v1). */
export const ROLE_BINDING = {
  kind: 'RoleBinding',
  resource: { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'rolebindings' },
  immutableFields: ['roleRef'],
} as const satisfies KindOptions;
