import type { TemperatureConverter } from '../../api/temperature-converter.ts';
import type { ObservedDeployment, ObservedPod } from '../observation.ts';
import type { AvailableReason, ReadyReason, ReconciledReason, Verdict } from '../reasons.ts';
import { prefixMessage, type QuotedMessage } from '../quoted-message.ts';
import { computeObstacle, hasAllReplicas, isRolledOut } from './available.ts';

/** The input of `computeReady`. */
export interface ReadyInput {
  readonly resource: TemperatureConverter;
  readonly reconciled: Verdict<ReconciledReason>;
  readonly available: Verdict<AvailableReason>;
  readonly deployment: ObservedDeployment | undefined;
  readonly pods: readonly ObservedPod[];
}

/** Computes the condition Ready: True if the converter is available and matches the spec, else the reason why not. */
export function computeReady(input: ReadyInput): Verdict<ReadyReason> {
  const { resource, reconciled, available, deployment, pods } = input;
  if (resource.metadata.deletionTimestamp !== undefined) {
    return { status: 'False', reason: 'Deleting', message: 'The resource and its children are being deleted.' };
  }
  if (resource.spec.paused) {
    return {
      status: 'Unknown',
      reason: 'Paused',
      message: 'Reconciliation is paused. To resume it, set spec.paused to false.',
    };
  }
  if (reconciled.status !== 'True') {
    return { ...reconciled, status: 'False' };
  }
  if (available.status !== 'True' || deployment === undefined) {
    return { ...available, status: 'False' };
  }
  if (!isRolledOut(deployment)) {
    const obstacle = computeObstacle(deployment, pods);
    return {
      status: 'False',
      reason: obstacle.reason,
      ...prefixMessage('A rollout is in progress; the previous version still serves. ', obstacle),
    };
  }
  return { status: 'True', reason: 'Ready', ...describeReady(deployment, pods) };
}

/** A converter is ready with one available replica. Its message says why the others have a problem, not that they start. */
function describeReady(deployment: ObservedDeployment, pods: readonly ObservedPod[]): QuotedMessage {
  const message = 'The converter is available and matches the spec.';
  const obstacle = hasAllReplicas(deployment) ? undefined : computeObstacle(deployment, pods);
  if (obstacle === undefined || obstacle.reason === 'Progressing') return { message };
  return prefixMessage(`${message} Fewer replicas than desired are available. `, obstacle);
}
