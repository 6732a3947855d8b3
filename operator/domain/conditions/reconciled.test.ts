import { describe, expect, it } from '@jest/globals';
import type { ChildResult } from '../child-result.ts';
import { computeReconciled } from './reconciled.ts';

const done = (kind: ChildResult['kind']): ChildResult => ({ type: 'asDesired', kind, write: 'none' });
const blocked = (kind: ChildResult['kind'], reason: 'NameConflict' | 'Forbidden', message: string): ChildResult => ({
  type: 'blocked',
  kind,
  reason,
  message,
});

describe('Reconciled', () => {
  it.each<[string, Parameters<typeof computeReconciled>[0], object]>([
    [
      'is true when every child is as desired, written or not',
      [done('Deployment'), { type: 'asDesired', kind: 'Service', write: 'repaired' }, done('HorizontalPodAutoscaler')],
      { status: 'True', reason: 'Applied', message: 'Deployment, Service and autoscaler are as the spec asks.' },
    ],
    [
      'is false when one is not, for its reason',
      [done('Deployment'), blocked('Service', 'NameConflict', 'Service web exists.'), done('HorizontalPodAutoscaler')],
      { status: 'False', reason: 'NameConflict', message: 'Service web exists.' },
    ],
    [
      'names the reason of the first of several, and tells all',
      [
        blocked('Deployment', 'Forbidden', 'No right.'),
        blocked('Service', 'NameConflict', 'Service web exists.'),
        done('HorizontalPodAutoscaler'),
      ],
      { status: 'False', reason: 'Forbidden', message: 'No right. Service web exists.' },
    ],
    [
      'says once what holds for several',
      [blocked('Deployment', 'Forbidden', 'No right.'), blocked('Service', 'Forbidden', 'No right.')],
      { status: 'False', reason: 'Forbidden', message: 'No right.' },
    ],
    [
      'is unknown while the resource is paused',
      'paused',
      {
        status: 'Unknown',
        reason: 'Paused',
        message: 'Nobody compares the children with the spec while spec.paused is true.',
      },
    ],
    [
      'is unknown while the resource is being deleted',
      'deleting',
      { status: 'Unknown', reason: 'Deleting', message: 'The resource is being deleted, its children with it.' },
    ],
  ])('%s', (_case, results, verdict) => {
    expect(computeReconciled(results)).toEqual(verdict);
  });
});
