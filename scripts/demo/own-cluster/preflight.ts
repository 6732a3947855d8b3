import type { ClusterAccess } from '../cluster-access.ts';
import { DemoError } from '../demo-error.ts';
import { SAMPLE } from '../demo-objects.ts';
import { checkDemoNamespace, DEMO_NAMESPACE } from './demo-namespace.ts';
import type { OwnCluster } from './find-cluster.ts';
import { checkServerVersion } from './server-version.ts';

/** Throws a DemoError if the cluster is too old, or the demo would disturb what is there. */
export async function checkCluster(cluster: OwnCluster, signal: AbortSignal): Promise<void> {
  await checkServerVersion(cluster.version);
  await checkDemoNamespace(cluster, signal);
  await checkOtherOperators(cluster, signal);
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
