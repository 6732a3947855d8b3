import { type ClusterAccess, createClusterAccess } from '../cluster-access.ts';
import type { DemoOptions } from '../command-line.ts';
import { type ProgramChoice, requirePrograms } from '../required-programs.ts';
import { loadProgram } from './choose-delivery.ts';
import type { ClusterNode } from './cluster-node.ts';
import { type ClusterType, clusterTypeOf } from './cluster-type.ts';
import { findContext } from './contexts.ts';
import { checkPermissions } from './permissions.ts';
import { readServerVersion } from './server-version.ts';

/** A cluster of the user's kubeconfig. */
export interface OwnCluster extends ClusterAccess {
  readonly context: string;
  /** The version of Kubernetes, vX.Y.Z. */
  readonly version: string;
  readonly nodes: readonly ClusterNode[];
  readonly clusterType: ClusterType;
}

/** Finds the cluster of the options; throws a DemoError that names all missing programs or permissions, or the contexts. */
export async function findOwnCluster(options: DemoOptions, signal: AbortSignal): Promise<OwnCluster> {
  requirePrograms(requiredPrograms(options));
  const context = await findContext(options.context, signal);
  const access = createClusterAccess({ kubectl: 'kubectl', helm: 'helm', context });
  const version = await readServerVersion(context, access, signal);
  await checkPermissions(context, access, signal);
  const { items: nodes } = await access.get<{ readonly items: readonly ClusterNode[] }>(['nodes'], signal);
  return { ...access, context, version, nodes, clusterType: clusterTypeOf(context, nodes) };
}

/** Removal needs no engine: without one, the images stay. */
function requiredPrograms({ isDelete, engine, context, registry }: DemoOptions): readonly ProgramChoice[] {
  const clients: readonly ProgramChoice[] = [['kubectl'], ['helm']];
  if (isDelete) return clients;
  const builder: ProgramChoice = engine === undefined ? ['docker', 'podman'] : [engine];
  return [...clients, builder, ...loadProgram(context, registry)];
}
