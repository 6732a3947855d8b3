import type { QuotedMessage } from './quoted-message.ts';

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
    'Denied',
    'Forbidden',
    'QuotaExceeded',
    'AllocationFailed',
    'NamespaceTerminating',
    'ApiNotReady',
    'ApiUnavailable',
    'WebhookUnavailable',
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
    'PodFailed',
    'NodeNotReady',
    'PodsRefused',
    'RolloutStuck',
  ],
  Autoscaling: [
    'Active',
    'Pending',
    'NotDeployed',
    'MetricsUnavailable',
    'AmbiguousSelector',
    'ScalingDisabled',
    'ScalingInactive',
    'CannotScale',
  ],
  Paused: ['PausedBySpec', 'NotPaused'],
  // The reasons of Ready that a user must resolve. The condition exists only while it is true.
  Stalled: [
    'NameConflict',
    'Invalid',
    'Denied',
    'Forbidden',
    'QuotaExceeded',
    'AllocationFailed',
    'Contested',
    'ScaledToZero',
    'ImagePullFailed',
    'CrashLooping',
    'ContainerCannotStart',
    'Unschedulable',
    'PodFailed',
    'PodsRefused',
    'RolloutStuck',
  ],
} as const;

/** Reasons of the condition `Reconciled`. */
export type ReconciledReason = (typeof REASONS.Reconciled)[number];
/** Reasons of the condition `Available`. */
export type AvailableReason = (typeof REASONS.Available)[number];
/** Reasons of the condition `Autoscaling`. */
export type AutoscalingReason = (typeof REASONS.Autoscaling)[number];
/** Reasons of the condition `Paused`. */
export type PausedReason = (typeof REASONS.Paused)[number];
/** Reasons of the condition `Stalled`. */
export type StalledReason = (typeof REASONS.Stalled)[number];
/** Reasons of the condition `Ready`: its own, and those of the conditions that it summarizes. */
export type ReadyReason = (typeof REASONS.Ready)[number] | ReconciledReason | AvailableReason;

/** The computed status, reason and message of a condition, without its times. */
export interface Verdict<Reason extends string> extends QuotedMessage {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
}
