/**
 * All reasons of each condition. docs/conditions.md says what each one means, and what to do.
 */
export const REASONS = {
  Ready: [
    'Ready',
    'Pending',
    'Paused',
    'Deleting',
    // Otherwise the reason of the condition that is not met.
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
/** Reasons of the condition `Ready`: its own, and those of the conditions that it summarizes. */
export type ReadyReason = (typeof REASONS.Ready)[number] | ReconciledReason | AvailableReason;

/** The computed status, reason and message of a condition, without its times. */
export interface Verdict<Reason extends string> {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  /** What happened, and what to do. */
  readonly message: string;
}
