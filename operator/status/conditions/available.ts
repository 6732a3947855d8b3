import type { ObservedCondition, ObservedDeployment, ObservedPod } from '../observation.ts';
import { findPodProblem } from '../pod-problem.ts';
import type { AvailableReason, Verdict } from '../reasons.ts';

/** Computes the condition Available: whether at least one replica is available. */
export function computeAvailable(
  deployment: ObservedDeployment | undefined,
  pods: readonly ObservedPod[],
): Verdict<AvailableReason> {
  if (deployment === undefined) {
    return {
      status: 'False',
      reason: 'NotDeployed',
      message: 'The Deployment does not exist yet. See the condition Reconciled.',
    };
  }
  if (deployment.spec?.replicas === 0) {
    return {
      status: 'False',
      reason: 'ScaledToZero',
      message: `Deployment ${deployment.metadata.name} was scaled to 0 replicas, which also disables the autoscaler. Run: kubectl scale deployment ${deployment.metadata.name} --replicas=1`,
    };
  }
  const available = deployment.status?.availableReplicas ?? 0;
  const obstacle = computeObstacle(deployment, pods);
  if (available > 0) {
    const isComplete = available >= (deployment.spec?.replicas ?? 1);
    const message = isComplete
      ? 'All desired replicas are available.'
      : `Fewer replicas than desired are available. ${obstacle.message}`;
    return { status: 'True', reason: 'Serving', message };
  }
  return { status: 'False', ...obstacle };
}

/** Whether all pods have the current template, and at least one is available. */
export function isRolledOut(deployment: ObservedDeployment): boolean {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = deployment.status ?? {};
  const isCurrent = observedGeneration >= (deployment.metadata.generation ?? 0);
  return isCurrent && updatedReplicas === replicas && availableReplicas > 0;
}

/** Why desired pods are not available: the problem of a pod, else of the Deployment, else they are still starting. */
export function computeObstacle(
  deployment: ObservedDeployment,
  pods: readonly ObservedPod[],
): { reason: AvailableReason; message: string } {
  const problem = findPodProblem(pods);
  if (problem !== undefined) return problem;
  const refusal = conditionOf(deployment, 'ReplicaFailure');
  if (refusal?.status === 'True') {
    return {
      reason: 'PodsRefused',
      message: `Deployment ${deployment.metadata.name} cannot create pods: ${refusal.message ?? 'no reason given'}. Change the quota or the admission policy, or change spec.resources.`,
    };
  }
  const progress = conditionOf(deployment, 'Progressing');
  if (progress?.status === 'False') {
    return {
      reason: 'RolloutStuck',
      message: `The rollout of Deployment ${deployment.metadata.name} does not progress: ${progress.message ?? 'no reason given.'} See: kubectl describe deployment ${deployment.metadata.name}`,
    };
  }
  return { reason: 'Progressing', message: 'Pods are starting.' };
}

function conditionOf(deployment: ObservedDeployment, type: string): ObservedCondition | undefined {
  return deployment.status?.conditions?.find((condition) => condition.type === type);
}
