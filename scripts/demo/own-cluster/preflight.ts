import { CommandFailedError } from '../../../local-cluster/process/run-command.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { DemoError } from '../demo-error.ts';
import { SAMPLE } from '../demo-objects.ts';
import { checkDemoNamespace, DEMO_NAMESPACE } from './demo-namespace.ts';
import type { OwnCluster } from './find-cluster.ts';
import { checkServerVersion } from './server-version.ts';

/** Kinds that the demo creates and that only an administrator may create. */
const ADMIN_KINDS = [
  'namespaces',
  'customresourcedefinitions.apiextensions.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
];

/** Throws a DemoError if the cluster is too old, the user lacks permissions, or the demo would disturb what is there. */
export async function checkCluster(cluster: OwnCluster, signal: AbortSignal): Promise<void> {
  await checkServerVersion(cluster.version);
  await checkPermissions(cluster, signal);
  await checkDemoNamespace(cluster, signal);
  await checkOtherOperators(cluster, signal);
}

async function checkPermissions(cluster: OwnCluster, signal: AbortSignal): Promise<void> {
  const forbidden: string[] = [];
  for (const kind of ADMIN_KINDS) {
    if (!(await mayCreate(kind, cluster, signal))) forbidden.push(kind);
  }
  if (forbidden.length > 0) {
    throw new DemoError(
      `The user of the context ${cluster.context} may not create ${forbidden.join(', ')}: use a cluster administrator.`,
    );
  }
}

async function mayCreate(kind: string, { kubectl }: ClusterAccess, signal: AbortSignal): Promise<boolean> {
  try {
    await kubectl(['auth', 'can-i', 'create', kind, '--all-namespaces', '--quiet'], signal);
    return true;
  } catch (error) {
    if (error instanceof CommandFailedError) return false;
    throw error;
  }
}

/** A second operator that watches all namespaces would reconcile the same resources. */
async function checkOtherOperators(access: ClusterAccess, signal: AbortSignal): Promise<void> {
  const others = await findOtherOperators(access, signal);
  if (others.length > 0) {
    throw new DemoError(
      `The cluster has an operator of TemperatureConverters already: ${others.join(', ')}. The demo would install a second one for ` +
        `the same resources. Use that one (kubectl apply -f ${SAMPLE}), or another cluster.`,
    );
  }
}

/** The operators' Deployments outside of the demo, as NAMESPACE/NAME. */
export async function findOtherOperators(access: ClusterAccess, signal: AbortSignal): Promise<readonly string[]> {
  const selector = 'app.kubernetes.io/part-of=temperature-converter,app.kubernetes.io/component=operator';
  const { items } = await access.get<{
    readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
  }>(['deployments', '--all-namespaces', '-l', selector], signal);
  return items
    .filter(({ metadata }) => metadata.namespace !== DEMO_NAMESPACE)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}
