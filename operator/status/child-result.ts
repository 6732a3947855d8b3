import type { ChildKind } from '../children/child.ts';
import type { ReconciledReason } from './reasons.ts';

/** What became of one child in a reconcile. */
export type ChildResult =
  /** It is applied; a note says in what admission plug-ins have changed it. */
  | { readonly type: 'upToDate'; readonly kind: ChildKind; readonly note?: string }
  /** It is not as it should be: why, in a sentence that says what to do. */
  | {
      readonly type: 'blocked';
      readonly kind: ChildKind;
      readonly reason: Exclude<ReconciledReason, 'Applied' | 'ChangedByAdmission' | 'Paused' | 'Deleting'>;
      readonly message: string;
    };

/** Why no child of a resource is written. */
export type SkipReason = 'paused' | 'deleting';
