import { CommandFailedError } from '../../local-cluster/process/run-command.ts';
import type { ClusterAccess } from './cluster-access.ts';
import type { PodState } from './pod-problems.ts';

/** Set by the Deployment controller; the highest is that of the current pod template. */
const REVISION = 'deployment.kubernetes.io/revision';

/** The fields that say to which revision of a Deployment a pod belongs. */
interface OwnedObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}
type Pod = PodState & OwnedObject;
type ReplicaSet = OwnedObject;

/**
 * The pods of a namespace that are not being replaced: those of a Deployment's earlier revisions say nothing about the current one.
 * None while the API server does not answer.
 */
export async function listCurrentPods(
  { get }: Pick<ClusterAccess, 'get'>,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly PodState[]> {
  try {
    const { items } = await get<{ readonly items: readonly (Pod | ReplicaSet)[] }>(
      ['pods,replicasets', '-n', namespace],
      signal,
    );
    return currentPods(items);
  } catch (error) {
    if (error instanceof CommandFailedError) return [];
    throw error;
  }
}

function currentPods(objects: readonly (Pod | ReplicaSet)[]): readonly PodState[] {
  const replicaSets = objects.filter(({ kind }) => kind === 'ReplicaSet');
  const newest = new Map<string | undefined, number>();
  for (const set of replicaSets) newest.set(ownerOf(set), Math.max(revisionOf(set), newest.get(ownerOf(set)) ?? 0));
  const replaced = new Set(
    replicaSets.filter((set) => revisionOf(set) < (newest.get(ownerOf(set)) ?? 0)).map(({ metadata }) => metadata.uid),
  );
  return objects
    .filter((object): object is Pod => object.kind === 'Pod')
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && !replaced.has(ownerOf(pod) ?? ''));
}

function ownerOf({ metadata }: OwnedObject): string | undefined {
  return metadata.ownerReferences?.[0]?.uid;
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}
