import { type AppliedChild, type ConditionState, findProblem, type LiveObject } from 'controller-runtime';
import type { Memcached } from './memcached.ts';

type DeploymentField = 'observedGeneration' | 'replicas' | 'updatedReplicas' | 'availableReplicas';

/** Computes the conditions from the results of applying the children, and from the Deployment that the Memcached controls. */
export function computeConditions(
  { spec: { size } }: Memcached,
  children: readonly AppliedChild[],
  deployment: LiveObject | undefined,
): readonly ConditionState[] {
  const status: Partial<Record<DeploymentField, number>> = deployment?.status ?? {};
  const { observedGeneration, replicas, updatedReplicas, availableReplicas = 0 } = status;
  const isObserved = observedGeneration === deployment?.metadata.generation;
  const isRolledOut = isObserved && [replicas, updatedReplicas, availableReplicas].every((count) => count === size);
  const message = `${availableReplicas} of ${size} replicas are available.`;
  const problem = findProblem(children);
  return [
    availableReplicas > 0
      ? { type: 'Available', status: 'True', reason: 'ReplicasAvailable', message }
      : { type: 'Available', status: 'False', reason: 'NoReplicaAvailable', message },
    isRolledOut
      ? { type: 'Progressing', status: 'False', reason: 'RolledOut', message: 'The Deployment is rolled out.' }
      : { type: 'Progressing', status: 'True', reason: 'RollingOut', message: 'The Deployment is being rolled out.' },
    problem === undefined
      ? { type: 'Degraded', status: 'False', reason: 'Applied', message: 'The children are as the spec asks.' }
      : { type: 'Degraded', status: 'True', ...problem },
  ];
}
