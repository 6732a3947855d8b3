import type { ChildKind } from './child.ts';
import type { ReconciledReason } from './reasons.ts';

/** What became of one child in a reconcile. */
export type ChildResult =
  /** It is as it should be, without a write or after one. */
  | {
      readonly type: 'asDesired';
      readonly kind: ChildKind;
      readonly write: 'none' | 'created' | 'updated' | 'repaired';
    }
  /** It is not as it should be: why, in a sentence that says what to do. */
  | {
      readonly type: 'blocked';
      readonly kind: ChildKind;
      readonly reason: Exclude<ReconciledReason, 'Applied' | 'Paused' | 'Deleting'>;
      readonly message: string;
    };

/** Why no child of a resource is touched. */
export type Untouched = 'paused' | 'deleting';
