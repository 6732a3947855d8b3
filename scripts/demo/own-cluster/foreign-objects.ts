import type { ClusterAccess } from '../cluster-access.ts';
import { DEMO_NAMESPACE, hasCrd } from './demo-namespace.ts';

/** The kinds of objects that people create in a namespace. */
const KINDS = [
  'deployments,statefulsets,daemonsets,jobs,cronjobs,pods,services,configmaps,secrets,persistentvolumeclaims,ingresses',
];

/** Objects that Kubernetes and platforms create in every namespace. */
const GENERATED_CONFIG_MAPS = /^(?:kube-root-ca\.crt|openshift-service-ca\.crt|istio-ca-root-cert|.*-trust-bundle)$/u;
const GENERATED_SECRETS: ReadonlySet<string> = new Set([
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockercfg',
  'helm.sh/release.v1',
]);

/** The fields of an object that say who created it. */
export interface NamespacedObject {
  readonly kind: string;
  readonly type?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
    readonly deletionTimestamp?: string;
  };
}

/** The objects in the demo's namespace that users created, after the demo's own were deleted. */
export async function findForeignObjects(access: ClusterAccess, signal: AbortSignal): Promise<readonly string[]> {
  const kinds = (await hasCrd(access, signal)) ? [...KINDS, 'temperatureconverters'] : KINDS;
  const { items } = await access.get<{ readonly items: readonly NamespacedObject[] }>(
    [kinds.join(','), '-n', DEMO_NAMESPACE],
    signal,
  );
  return items.filter(isForeign).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

/** Whether a user created an object: it has no owner, and neither Kubernetes nor Helm nor a hook of the chart created it. */
export function isForeign({ kind, type, metadata }: NamespacedObject): boolean {
  if ((metadata.ownerReferences ?? []).length > 0 || metadata.deletionTimestamp !== undefined) return false;
  if (isHook(metadata)) return false;
  if (kind === 'ConfigMap') return !GENERATED_CONFIG_MAPS.test(metadata.name);
  if (kind === 'Secret') return !GENERATED_SECRETS.has(type ?? '');
  return true;
}

/** Whether a hook of the chart created an object; a release of the user has other objects, too. */
function isHook({ labels, annotations }: NamespacedObject['metadata']): boolean {
  return (
    annotations?.['helm.sh/hook'] !== undefined && labels?.['app.kubernetes.io/part-of'] === 'temperature-converter'
  );
}
