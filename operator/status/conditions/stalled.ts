import type { ObservedDeployment } from '../observation.ts';
import { type ReadyReason, REASONS, type StalledReason, type Verdict } from '../reasons.ts';
import { isRolloutStuck } from './available.ts';

/** Reasons that may resolve without a user, such as with a new node: they count after the Deployment's progress deadline. */
const AFTER_DEADLINE: ReadonlySet<string> = new Set<StalledReason>(['Unschedulable', 'PodFailed']);

/**
 * Computes the condition Stalled, as kstatus defines it: waiting does not help, since a user must act. Undefined while the
 * converter is ready, or may become ready without a user.
 */
export function computeStalled(
  ready: Verdict<ReadyReason>,
  deployment: ObservedDeployment | undefined,
): Verdict<StalledReason> | undefined {
  const { status, reason } = ready;
  if (status !== 'False' || !isStalledReason(reason)) return undefined;
  if (AFTER_DEADLINE.has(reason) && !isRolloutStuck(deployment)) return undefined;
  return { ...ready, status: 'True', reason };
}

function isStalledReason(reason: ReadyReason): reason is StalledReason {
  const stalled: readonly string[] = REASONS.Stalled;
  return stalled.includes(reason);
}
