import { describe, expect, it } from '@jest/globals';
import type { ObservedDeployment } from '../observation.ts';
import { type ReadyReason, REASONS } from '../reasons.ts';
import { computeStalled } from './stalled.ts';

const deployment = (progressing: string): ObservedDeployment => ({
  metadata: { name: 'web', uid: 'd1' },
  status: { conditions: [{ type: 'Progressing', status: progressing }] },
});

/** When a user must act on each reason that `Ready` can have. */
const STALLED: Readonly<Record<ReadyReason, 'always' | 'afterDeadline' | 'never'>> = {
  Ready: 'never',
  Pending: 'never',
  Paused: 'never',
  Deleting: 'never',
  Applied: 'never',
  ChangedByAdmission: 'never',
  NameConflict: 'always',
  ChildTerminating: 'never',
  Invalid: 'always',
  Denied: 'always',
  Forbidden: 'always',
  QuotaExceeded: 'always',
  AllocationFailed: 'always',
  NamespaceTerminating: 'never',
  ApiNotReady: 'never',
  ApiUnavailable: 'never',
  WebhookUnavailable: 'never',
  Contested: 'always',
  Serving: 'never',
  Progressing: 'never',
  NotDeployed: 'never',
  ScaledToZero: 'always',
  ImagePullFailed: 'always',
  CrashLooping: 'always',
  ContainerCannotStart: 'always',
  // A new node may come, and the ReplicaSet replaces a failed pod.
  Unschedulable: 'afterDeadline',
  PodFailed: 'afterDeadline',
  // The node may return; otherwise its pods are replaced after five minutes.
  NodeNotReady: 'never',
  PodsRefused: 'always',
  RolloutStuck: 'always',
};

describe('Stalled', () => {
  it('is decided for every reason of Ready', () => {
    const reasons = [...REASONS.Ready, ...REASONS.Reconciled, ...REASONS.Available];
    expect(new Set(Object.keys(STALLED))).toEqual(new Set(reasons));
    expect(Object.keys(STALLED).filter((reason) => STALLED[reason as ReadyReason] !== 'never')).toEqual([
      ...REASONS.Stalled,
    ]);
  });

  it.each(Object.entries(STALLED))('%s: %s', (reason, when) => {
    // SAFETY: the keys of STALLED are the reasons.
    const ready = { status: 'False', reason: reason as ReadyReason, message: 'Why.' } as const;
    const stalled = { status: 'True', reason, message: 'Why.' };
    expect(computeStalled(ready, deployment('True'))).toEqual(when === 'always' ? stalled : undefined);
    expect(computeStalled(ready, deployment('False'))).toEqual(when === 'never' ? undefined : stalled);
    expect(computeStalled(ready, undefined)).toEqual(when === 'always' ? stalled : undefined);
  });

  it('is absent while Ready is not False', () => {
    const paused = { status: 'Unknown', reason: 'NameConflict', message: 'Why.' } as const;
    expect(computeStalled(paused, undefined)).toBeUndefined();
  });
});
