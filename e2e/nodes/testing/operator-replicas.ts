import { type Installation, OPERATOR_NAME, OPERATOR_NAMESPACE, OPERATOR_PODS } from '../../testing/installation.ts';
import { placedPods, type PlacedPod } from './placed-pods.ts';

/** The Helm values for two replicas of the operator. */
export const TWO_REPLICAS = ['--set', 'operator.replicas=2'];

/** The holder of the operator's Lease. */
export interface Leader {
  readonly pod: string;
  /** When it became the leader, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** Reads the operator's Lease. */
export async function readLeader({ kubectl }: Installation): Promise<Leader> {
  const { spec } = await kubectl.json<{
    readonly spec: { readonly holderIdentity: string; readonly acquireTime: string };
  }>('lease', OPERATOR_NAME, '-n', OPERATOR_NAMESPACE);
  // The identity is the name of the pod and a random part.
  const [pod = ''] = spec.holderIdentity.split('_');
  return { pod, sinceMs: Date.parse(spec.acquireTime) };
}

/** The operator's pods. */
export function operatorPods(installation: Installation): Promise<readonly PlacedPod[]> {
  return placedPods(installation, OPERATOR_NAMESPACE, OPERATOR_PODS);
}

/** The operator's leader, with its node and another node. */
export async function findLeader(installation: Installation): Promise<{ leader: PlacedPod; otherNode: string }> {
  const { pod } = await readLeader(installation);
  const leader = (await operatorPods(installation)).find(({ name }) => name === pod);
  if (leader === undefined) throw new Error(`the leader ${pod} is none of the operator's pods`);
  const otherNode = installation.cluster.nodeNames.find((name) => name !== leader.node);
  if (otherNode === undefined) throw new Error('the cluster has only one node');
  return { leader, otherNode };
}
