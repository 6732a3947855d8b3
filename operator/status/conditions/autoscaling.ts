import type { ObservedCondition, ObservedHorizontalPodAutoscaler } from '../observation.ts';
import type { AutoscalingReason, Verdict } from '../reasons.ts';

/** Computes the condition Autoscaling: whether the autoscaler can scale. */
export function computeAutoscaling(
  autoscaler: ObservedHorizontalPodAutoscaler | undefined,
): Verdict<AutoscalingReason> {
  if (autoscaler === undefined) {
    return {
      status: 'False',
      reason: 'NotDeployed',
      message: 'The autoscaler does not exist yet. See the condition Reconciled.',
    };
  }
  const able = conditionOf(autoscaler, 'AbleToScale');
  if (able?.status === 'False') {
    return {
      status: 'False',
      reason: 'CannotScale',
      message: `The autoscaler cannot scale the Deployment: ${able.message ?? able.reason ?? 'no reason given'}.`,
    };
  }
  const active = conditionOf(autoscaler, 'ScalingActive');
  if (active?.status === 'True') {
    return { status: 'True', reason: 'Active', message: 'The autoscaler reads the CPU utilization.' };
  }
  if (active?.status === 'False') return { status: 'False', ...computeInactivity(active, autoscaler.metadata.name) };
  return { status: 'Unknown', reason: 'Pending', message: 'The autoscaler has not reported yet.' };
}

function computeInactivity(
  active: ObservedCondition,
  deployment: string,
): { reason: AutoscalingReason; message: string } {
  if (active.reason === 'ScalingDisabled') {
    return {
      reason: 'ScalingDisabled',
      message: `Deployment ${deployment} has 0 replicas, which disables the autoscaler. Run: kubectl scale deployment ${deployment} --replicas=1`,
    };
  }
  // The autoscaler's own message contains pod names, which change often.
  return {
    reason: 'MetricsUnavailable',
    message:
      'The autoscaler cannot read the CPU utilization. This is normal for about a minute after pods start. If it lasts, check that metrics-server runs: kubectl top pods',
  };
}

function conditionOf(autoscaler: ObservedHorizontalPodAutoscaler, type: string): ObservedCondition | undefined {
  return autoscaler.status?.conditions?.find((condition) => condition.type === type);
}
