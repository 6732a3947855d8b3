import type { ChildResult, SkipReason } from '../child-result.ts';
import type { ReconciledReason, Verdict } from '../reasons.ts';

/**
 * Computes the condition Reconciled: whether the children match the spec. The first blocked child determines the reason;
 * the message contains those of all blocked children.
 */
export function computeReconciled(results: readonly ChildResult[] | SkipReason): Verdict<ReconciledReason> {
  if (results === 'deleting') {
    return { status: 'Unknown', reason: 'Deleting', message: 'The resource and its children are being deleted.' };
  }
  if (results === 'paused') {
    return { status: 'Unknown', reason: 'Paused', message: 'Reconciliation is paused (spec.paused is true).' };
  }
  const blocked = results.filter((result) => result.type === 'blocked');
  const [first] = blocked;
  if (first !== undefined) {
    const messages = new Set(blocked.map((result) => result.message));
    return { status: 'False', reason: first.reason, message: [...messages].join(' ') };
  }
  const notes = results.flatMap((result) => (result.type === 'upToDate' ? (result.note ?? []) : []));
  const applied = 'All children match the spec';
  if (notes.length === 0) return { status: 'True', reason: 'Applied', message: `${applied}.` };
  return {
    status: 'True',
    reason: 'ChangedByAdmission',
    message: `${applied}, except for fields that admission controllers (policies, webhooks) changed. ${notes.join(' ')}`,
  };
}
