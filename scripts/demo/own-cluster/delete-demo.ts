import { CommandFailedError } from '../../../local-cluster/process/run-command.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import type { DemoOptions } from '../command-line.ts';
import { CONVERTER, CRD, RELEASE } from '../demo-objects.ts';
import { log } from '../progress.ts';
import { deleteImages } from './delete-images.ts';
import { DEMO_NAMESPACE, hasCrd, readDemoNamespace } from './demo-namespace.ts';
import { isCreatedCrd, markCreatedCrd } from './created-crd.ts';
import { findOwnCluster, type OwnCluster } from './find-cluster.ts';
import { findForeignObjects } from './foreign-objects.ts';
import { findOtherOperators } from './preflight.ts';
import { deleteClusterRoles, deleteHookObjects } from './release-leftovers.ts';

/** Removes what earlier runs created in the cluster of the options, and nothing else; logs what stays, and why. */
export async function deleteDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const cluster = await findOwnCluster(options, signal);
  await deleteObjects(cluster, signal);
  await deleteImages(cluster, options, signal);
}

/** Removes the demo's objects from the cluster, also if its namespace was deleted without the rest. */
export async function deleteObjects(
  cluster: ClusterAccess & Pick<OwnCluster, 'context'>,
  signal: AbortSignal,
): Promise<void> {
  const namespace = await readDemoNamespace(cluster, signal);
  const isCreated = await isCreatedCrd(cluster, signal);
  if (namespace?.isOwn === true) {
    await deleteRelease(cluster, signal);
    await deleteClusterRoles(cluster, signal);
    if (namespace.createsCrd || isCreated) await deleteCrd(cluster, signal);
    await deleteNamespace(cluster, signal);
  } else {
    // A release in a namespace of the same name that the demo did not create is not the demo's either.
    const hadRoles = namespace === undefined && (await deleteClusterRoles(cluster, signal));
    if (isCreated) await deleteCrd(cluster, signal);
    else if (!hadRoles) log(`the cluster of the context ${cluster.context} has nothing of the demo`);
  }
}

async function deleteRelease(access: ClusterAccess, signal: AbortSignal): Promise<void> {
  if (await hasCrd(access, signal)) {
    log(`deleting the converter ${CONVERTER}`);
    const sample = ['delete', 'temperatureconverter', CONVERTER, '-n', DEMO_NAMESPACE, '--ignore-not-found'];
    await access.kubectl([...sample, '--cascade=foreground', '--timeout=60s'], signal);
  }
  log(`uninstalling the release ${RELEASE}`);
  try {
    await access.helm(['uninstall', RELEASE, '-n', DEMO_NAMESPACE, '--wait', '--cascade=foreground'], signal);
  } catch (error) {
    // An interrupted run may have created only the namespace.
    if (!(error instanceof CommandFailedError && error.output.includes('not found'))) throw error;
  }
  await deleteHookObjects(access, signal);
}

async function deleteCrd(access: ClusterAccess, signal: AbortSignal): Promise<void> {
  if (!(await hasCrd(access, signal))) return;
  const users = [...(await listConverters(access, signal)), ...(await findOtherOperators(access, signal))];
  if (users.length > 0) {
    log(`keeping the definition ${CRD}, which others use: ${users.join(', ')}`);
    log('  once they are deleted, the same command deletes it');
    await markCreatedCrd(access, signal);
    return;
  }
  log(`deleting the definition ${CRD}`);
  await access.kubectl(['delete', 'crd', CRD, '--timeout=60s'], signal);
}

async function listConverters(access: ClusterAccess, signal: AbortSignal): Promise<readonly string[]> {
  const { items } = await access.get<{
    readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
  }>(['temperatureconverters', '--all-namespaces'], signal);
  return items.map(({ metadata }) => `temperatureconverter ${metadata.namespace}/${metadata.name}`);
}

async function deleteNamespace(access: ClusterAccess, signal: AbortSignal): Promise<void> {
  const foreign = await findForeignObjects(access, signal);
  if (foreign.length > 0) {
    log(
      `keeping the namespace ${DEMO_NAMESPACE}, which has objects that the demo did not create: ${foreign.join(', ')}`,
    );
    return;
  }
  log(`deleting the namespace ${DEMO_NAMESPACE}`);
  await access.kubectl(['delete', 'namespace', DEMO_NAMESPACE, '--timeout=120s'], signal);
}
