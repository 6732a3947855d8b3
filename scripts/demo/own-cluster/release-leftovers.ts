import type { ClusterAccess } from '../cluster-access.ts';
import { RELEASE } from '../demo-objects.ts';
import { log } from '../progress.ts';
import { DEMO_NAMESPACE } from './demo-namespace.ts';

/** The labels of the objects of the chart's hook, which `helm uninstall` leaves if the hook was interrupted. */
const HOOK_LABELS = {
  'app.kubernetes.io/part-of': 'temperature-converter',
  'app.kubernetes.io/component': 'crds',
  'app.kubernetes.io/instance': RELEASE,
};

/** The fields of a ClusterRole or ClusterRoleBinding that say whose it is. */
export interface ClusterWideObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly subjects?: readonly { readonly namespace?: string }[];
}

/** Deletes what an interrupted hook left in the demo's namespace. */
export async function deleteHookObjects({ kubectl }: ClusterAccess, signal: AbortSignal): Promise<void> {
  const selector = Object.entries(HOOK_LABELS).map(([key, value]) => `${key}=${value}`);
  await kubectl(['delete', 'jobs,serviceaccounts', '-n', DEMO_NAMESPACE, '-l', selector.join(',')], signal);
}

/** Deletes cluster roles and bindings of the demo that Helm left; returns whether there were any. */
export async function deleteClusterRoles(access: ClusterAccess, signal: AbortSignal): Promise<boolean> {
  const partOf = 'app.kubernetes.io/part-of=temperature-converter';
  const { items } = await access.get<{ readonly items: readonly ClusterWideObject[] }>(
    ['clusterroles,clusterrolebindings', '-l', partOf],
    signal,
  );
  const ofHook = new Set(items.filter(isHookOfDemo).map(({ metadata }) => metadata.name));
  const ofDemo = (object: ClusterWideObject): boolean => isOfRelease(object) || ofHook.has(object.metadata.name);
  const names = items.filter(ofDemo).map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
  if (names.length === 0) return false;
  log(`deleting what is left of the release: ${names.join(', ')}`);
  await access.kubectl(['delete', ...names, '--ignore-not-found'], signal);
  return true;
}

/** Whether Helm records that an object belongs to the demo's release. It does not on the objects of hooks. */
function isOfRelease({ metadata: { annotations = {} } }: ClusterWideObject): boolean {
  return annotations['meta.helm.sh/release-namespace'] === DEMO_NAMESPACE;
}

/** Whether a ClusterRoleBinding is that of a hook in the demo's namespace; its ClusterRole has the same name. */
function isHookOfDemo({ metadata: { labels = {} }, subjects = [] }: ClusterWideObject): boolean {
  const isHook = Object.entries(HOOK_LABELS).every(([key, value]) => labels[key] === value);
  return isHook && subjects.length > 0 && subjects.every(({ namespace }) => namespace === DEMO_NAMESPACE);
}
