import { describe, expect, it } from '@jest/globals';
import { ConnectionError } from '../client/errors.ts';
import type { AppliedChild, ApplyResult } from './apply-result.ts';
import { describeProblem, findProblem } from './describe-problem.ts';

const CONTROLLER = { apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid: 'u1', controller: true };
const DIFFERENCE = { path: 'spec.selector.app', wanted: 'a', found: 'b', steps: [] };
const contested = (field: string, by: Extract<ApplyResult, { type: 'contested' }>['by']): ApplyResult => ({
  type: 'contested',
  field,
  by,
  retryAfterMs: 1,
});

describe('describeProblem', () => {
  it.each<[string, string, ApplyResult]>([
    ['NameConflict', 'belongs to something else', { type: 'nameConflict', controller: undefined }],
    ['NameConflict', 'belongs to Site web', { type: 'nameConflict', controller: CONTROLLER }],
    ['Immutable', 'change spec.selector.app of Service web', { type: 'immutable', difference: DIFFERENCE }],
    ['Contested', 'Another writer keeps deleting Service web', contested('', { type: 'unknown' })],
    [
      'Contested',
      'Field manager kubectl keeps changing spec.ports of Service web',
      contested('spec.ports', { type: 'manager', name: 'kubectl' }),
    ],
    ['Terminating', 'is being deleted', { type: 'terminating' }],
    ['Contested', 'keeps creating Service web', { type: 'recreated', retryAfterMs: 1000 }],
    ['Stale', 'newer generation', { type: 'stale' }],
    ['WriteFailed', 'reset', { type: 'failed', error: new ConnectionError('PATCH /x', new Error('reset')) }],
  ])('is %s (%s)', (reason, words, result) => {
    expect(describeProblem({ kind: 'Service', name: 'web', result })).toEqual({
      reason,
      message: expect.stringContaining(words),
    });
  });

  it.each<ApplyResult>([
    { type: 'unchanged' },
    { type: 'created' },
    { type: 'repaired', fields: ['spec.ports'], by: { type: 'unknown' } },
    { type: 'changedByAdmission', changes: [DIFFERENCE], retryAfterMs: 1 },
  ])('is none for $type', (result) => {
    expect(describeProblem({ kind: 'Service', name: 'web', result })).toBeUndefined();
  });
});

describe('findProblem', () => {
  it('names the kind of the first object that has a problem', () => {
    const children: readonly AppliedChild[] = [
      { kind: 'Deployment', name: 'web', result: { type: 'created' } },
      { kind: 'Service', name: 'web-1', result: { type: 'terminating' } },
      { kind: 'Job', name: 'web', result: { type: 'stale' } },
    ];
    expect(findProblem(children)?.message).toBe('Service web-1 is being deleted.');
    expect(findProblem(children.slice(0, 1))).toBeUndefined();
  });
});
