import type { ObservedCondition, ObservedDeployment, ObservedPod } from '../observation.ts';
import { findPodDelay, findPodProblem, findUnreadyPod } from '../pod-problem.ts';
import { prefixMessage, type QuotedMessage } from '../quoted-message.ts';
import type { AvailableReason, Verdict } from '../reasons.ts';
import { adviseOnRefusedPods } from '../refused-pods.ts';
import { quote } from '../words.ts';

/** Why desired pods are not available. */
export interface Obstacle extends QuotedMessage {
  readonly reason: AvailableReason;
}

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
    const message = hasAllReplicas(deployment)
      ? { message: 'All desired replicas are available.' }
      : prefixMessage('Fewer replicas than desired are available. ', obstacle);
    return { status: 'True', reason: 'Serving', ...message };
  }
  return { status: 'False', ...obstacle };
}

/** Whether all desired replicas are available. */
export function hasAllReplicas({ spec, status }: ObservedDeployment): boolean {
  return (status?.availableReplicas ?? 0) >= (spec?.replicas ?? 1);
}

/** Whether all pods have the current template, and at least one is available. */
export function isRolledOut(deployment: ObservedDeployment): boolean {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = deployment.status ?? {};
  const isCurrent = observedGeneration >= (deployment.metadata.generation ?? 0);
  return isCurrent && updatedReplicas === replicas && availableReplicas > 0;
}

/** Why desired pods are not available: a pod or the Deployment has a problem, else they are still starting. */
export function computeObstacle(deployment: ObservedDeployment, pods: readonly ObservedPod[]): Obstacle {
  return (
    findPodProblem(pods) ??
    findRefusal(deployment) ??
    findStuckRollout(deployment, pods) ?? { reason: 'Progressing', ...describeStart(deployment, pods) }
  );
}

/** Whether the Deployment has reported that its rollout exceeded the progress deadline, or cannot go on. */
export function isRolloutStuck(deployment: ObservedDeployment | undefined): boolean {
  return deployment !== undefined && conditionOf(deployment, 'Progressing')?.status === 'False';
}

/** The API server refuses the pods, or their deletion. */
function findRefusal(deployment: ObservedDeployment): Obstacle | undefined {
  const refusal = conditionOf(deployment, 'ReplicaFailure');
  if (refusal?.status !== 'True') return undefined;
  const { name } = deployment.metadata;
  const { isTransient, advice } = adviseOnRefusedPods(refusal.message ?? '', name);
  const verb = refusal.reason === 'FailedDelete' ? 'delete' : 'create';
  return {
    reason: isTransient ? 'Progressing' : 'PodsRefused',
    message: `Deployment ${name} cannot ${verb} pods (${quote(refusal.reason, refusal.message)}). ${advice}`,
  };
}

function findStuckRollout(deployment: ObservedDeployment, pods: readonly ObservedPod[]): Obstacle | undefined {
  const progress = conditionOf(deployment, 'Progressing');
  const { name } = deployment.metadata;
  const words = quote(progress?.reason, progress?.message);
  if (progress?.reason === 'DeploymentPaused') {
    const message = `Deployment ${name} is paused (${words}). Run: kubectl rollout resume deployment ${name}`;
    return { reason: 'RolloutStuck', message };
  }
  if (progress?.status !== 'False') return undefined;
  const message = `The rollout of Deployment ${name} does not progress (${words}). See: kubectl describe deployment ${name}`;
  const unready = findUnreadyPod(pods);
  return { reason: 'RolloutStuck', ...(unready === undefined ? { message } : prefixMessage(`${message}. `, unready)) };
}

function describeStart(deployment: ObservedDeployment, pods: readonly ObservedPod[]): QuotedMessage {
  // After a completed rollout, pods that are not ready are not just those of a start.
  const isComplete = conditionOf(deployment, 'Progressing')?.reason === 'NewReplicaSetAvailable';
  const delay = findPodDelay(pods) ?? (isComplete ? findUnreadyPod(pods) : undefined);
  if (delay !== undefined) return delay;
  const available = conditionOf(deployment, 'Available');
  const words = available?.status === 'False' ? ` (${quote(available.reason, available.message)})` : '';
  return { message: `Pods are starting${words}.` };
}

function conditionOf(deployment: ObservedDeployment, type: string): ObservedCondition | undefined {
  return deployment.status?.conditions?.find((condition) => condition.type === type);
}
