/**
 * Why a condition is as it is: the closed set of reasons, for each of which docs/conditions.md says what to do. No other
 * reason is ever written.
 */
export const REASONS = {
  Ready: [
    'Ready',
    'Pending',
    'Paused',
    'Deleting',
    // Else the reason of the condition that stands in the way.
  ],
  Reconciled: [
    'Applied',
    'ChangedByAdmission',
    'Paused',
    'Deleting',
    'NameConflict',
    'ChildTerminating',
    'Invalid',
    'Forbidden',
    'QuotaExceeded',
    'NamespaceTerminating',
    'ApiUnavailable',
    'Contested',
  ],
  Available: [
    'Serving',
    'Progressing',
    'NotDeployed',
    'ScaledToZero',
    'ImagePullFailed',
    'CrashLooping',
    'ContainerCannotStart',
    'Unschedulable',
    'PodsRefused',
    'RolloutStuck',
  ],
  Autoscaling: ['Active', 'Pending', 'NotDeployed', 'MetricsUnavailable', 'ScalingDisabled', 'CannotScale'],
  Paused: ['PausedBySpec', 'NotPaused'],
} as const;

/** Reasons of the condition `Reconciled`. */
export type ReconciledReason = (typeof REASONS.Reconciled)[number];
/** Reasons of the condition `Available`. */
export type AvailableReason = (typeof REASONS.Available)[number];
/** Reasons of the condition `Autoscaling`. */
export type AutoscalingReason = (typeof REASONS.Autoscaling)[number];
/** Reasons of the condition `Paused`. */
export type PausedReason = (typeof REASONS.Paused)[number];
/** Reasons of the condition `Ready`: its own, and those of what stands in the way. */
export type ReadyReason = (typeof REASONS.Ready)[number] | ReconciledReason | AvailableReason;

/** What a condition is found to be, before its times are filled in. */
export interface Verdict<Reason extends string> {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  /** What happened, and what to do. */
  readonly message: string;
}
