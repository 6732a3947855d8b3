import { describe, expect, it } from '@jest/globals';
import type { ChildResult } from '../child-result.ts';
import { computeReconciled } from './reconciled.ts';

const upToDate = (kind: ChildResult['kind'], note?: string): ChildResult => ({
  type: 'upToDate',
  kind,
  ...(note === undefined ? {} : { note }),
});
const blocked = (kind: ChildResult['kind'], reason: 'NameConflict' | 'Forbidden', message: string): ChildResult => ({
  type: 'blocked',
  kind,
  reason,
  message,
});

describe('Reconciled', () => {
  it.each<[string, Parameters<typeof computeReconciled>[0], object]>([
    [
      'is true when every child is up to date',
      [upToDate('Deployment'), upToDate('Service'), upToDate('HorizontalPodAutoscaler')],
      {
        status: 'True',
        reason: 'Applied',
        message: 'All children match the spec.',
      },
    ],
    [
      'is false when a child is blocked, for its reason',
      [
        upToDate('Deployment'),
        blocked('Service', 'NameConflict', 'Service web exists.'),
        upToDate('HorizontalPodAutoscaler'),
      ],
      { status: 'False', reason: 'NameConflict', message: 'Service web exists.' },
    ],
    [
      'has the reason of the first of several blocked children, and the message of each',
      [
        blocked('Deployment', 'Forbidden', 'No right.'),
        blocked('Service', 'NameConflict', 'Service web exists.'),
        upToDate('HorizontalPodAutoscaler'),
      ],
      { status: 'False', reason: 'Forbidden', message: 'No right. Service web exists.' },
    ],
    [
      'has a message that several children share only once',
      [blocked('Deployment', 'Forbidden', 'No right.'), blocked('Service', 'Forbidden', 'No right.')],
      { status: 'False', reason: 'Forbidden', message: 'No right.' },
    ],
    [
      'is true with the notes of all children when admission controllers have changed some',
      [
        upToDate('Deployment', 'Deployment web: spec.a 1 became 2.'),
        upToDate('Service', 'Service web: spec.b 1 was removed.'),
        upToDate('HorizontalPodAutoscaler'),
      ],
      {
        status: 'True',
        reason: 'ChangedByAdmission',
        message:
          'All children match the spec, except for fields that admission controllers (policies, webhooks) changed. Deployment web: spec.a 1 became 2. Service web: spec.b 1 was removed.',
      },
    ],
    [
      'is false when a child is blocked, whatever admission controllers have changed in others',
      [upToDate('Deployment', 'Deployment web: spec.a 1 became 2.'), blocked('Service', 'Forbidden', 'No right.')],
      { status: 'False', reason: 'Forbidden', message: 'No right.' },
    ],
    [
      'is unknown while the resource is paused',
      'paused',
      {
        status: 'Unknown',
        reason: 'Paused',
        message: 'Reconciliation is paused (spec.paused is true).',
      },
    ],
    [
      'is unknown while the resource is being deleted',
      'deleting',
      { status: 'Unknown', reason: 'Deleting', message: 'The resource and its children are being deleted.' },
    ],
  ])('%s', (_case, results, verdict) => {
    expect(computeReconciled(results)).toEqual(verdict);
  });
});
