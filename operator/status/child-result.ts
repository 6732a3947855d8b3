import type { ChildKind } from '../children/child.ts';
import type { ReconciledReason } from './reasons.ts';

/** The result of one child in a reconcile. */
export type ChildResult =
  /** The child is applied; the note lists fields that admission controllers changed. */
  | { readonly type: 'upToDate'; readonly kind: ChildKind; readonly note?: string }
  /** The child is not as desired; the message says why, and what to do. */
  | {
      readonly type: 'blocked';
      readonly kind: ChildKind;
      readonly reason: Exclude<ReconciledReason, 'Applied' | 'ChangedByAdmission' | 'Paused' | 'Deleting'>;
      readonly message: string;
    };

/** Why the operator skips the children of a resource. */
export type SkipReason = 'paused' | 'deleting';
