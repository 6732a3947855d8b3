import type { ChildResult, Untouched } from '../child-result.ts';
import type { ReconciledReason, Verdict } from '../reasons.ts';

/**
 * Says whether the children are as the spec wants them, from what became of each; of several obstacles the first child's
 * names the reason, and the message tells all.
 */
export function computeReconciled(results: readonly ChildResult[] | Untouched): Verdict<ReconciledReason> {
  if (results === 'deleting') {
    return { status: 'Unknown', reason: 'Deleting', message: 'The resource is being deleted, its children with it.' };
  }
  if (results === 'paused') {
    return {
      status: 'Unknown',
      reason: 'Paused',
      message: 'Nobody compares the children with the spec while spec.paused is true.',
    };
  }
  const blocked = results.filter((result) => result.type === 'blocked');
  const [first] = blocked;
  if (first === undefined) {
    return { status: 'True', reason: 'Applied', message: 'Deployment, Service and autoscaler are as the spec asks.' };
  }
  const messages = new Set(blocked.map((result) => result.message));
  return { status: 'False', reason: first.reason, message: [...messages].join(' ') };
}
