import { describe, expect, it } from '@jest/globals';
import type { AppliedChild, ApplyResult } from '../apply/apply-result.ts';
import { ApiError, ConnectionError } from '../client/errors.ts';
import { isCacheBehind, resultOf } from './result.ts';

const CONFLICT = new ApiError('PATCH /x', 409, { reason: 'Conflict' });
const FORBIDDEN = new ApiError('PATCH /x', 403, { reason: 'Forbidden' });
const BROKEN = new ConnectionError('PATCH /x', new Error('reset'));
const CREATED: ApplyResult = { type: 'created' };
const STALE: ApplyResult = { type: 'stale' };
const contested = (retryAfterMs: number): ApplyResult => ({
  type: 'contested',
  field: 'spec.ports',
  by: { type: 'unknown' },
  retryAfterMs,
});
const failed = (error: ApiError | ConnectionError): ApplyResult => ({ type: 'failed', error });
const applied = (...results: readonly ApplyResult[]): readonly AppliedChild[] =>
  results.map((result) => ({ kind: 'Service', name: 'web', result }));

describe('resultOf', () => {
  it.each([
    ['done, where nothing failed or was delayed', [CREATED], { type: 'done' }],
    [
      'requeued where an object of another owner has the name',
      [CREATED, { type: 'nameConflict', controller: undefined }],
      { type: 'requeueAfter', afterMs: 10_000, cause: 'delay over' },
    ],
    [
      'requeued after the shortest delay',
      [contested(5000), contested(2000)],
      { type: 'requeueAfter', afterMs: 2000, cause: 'delay over' },
    ],
    ['requeued if the owner is stale', [STALE], { type: 'requeueAfter', afterMs: 5000, cause: 'stale resource' }],
  ] as const)('is %s', (_what, results, expected) => {
    expect(resultOf(applied(...results))).toEqual(expected);
  });

  it("counts the caller's own delay", () => {
    expect(resultOf(applied(contested(5000)), { delayMs: 300 })).toMatchObject({ afterMs: 300 });
    expect(resultOf(applied(CREATED), { delayMs: 0 })).toEqual({ type: 'done' });
  });

  it('is the error of the failed write with the shortest backoff', () => {
    const errorPolicy = (error: unknown): { initialMs: number; maximumMs: number } => ({
      initialMs: error === BROKEN ? 100 : 10_000,
      maximumMs: 60_000,
    });
    expect(resultOf(applied(failed(FORBIDDEN), failed(BROKEN)), { errorPolicy })).toEqual({
      type: 'error',
      error: BROKEN,
    });
  });

  it('is retried no later than after a delay', () => {
    const results = [contested(1), failed(FORBIDDEN)];
    expect(resultOf(applied(...results))).toEqual({ type: 'error', error: FORBIDDEN, atMostMs: 1 });
  });
});

describe('isCacheBehind', () => {
  it.each([
    [true, 'a stale owner', STALE],
    [true, 'a conflict', failed(CONFLICT)],
    [false, 'another failure', failed(FORBIDDEN)],
    [false, 'a success', CREATED],
  ] as const)('is %s for %s', (expected, _what, result) => {
    expect(isCacheBehind(applied(CREATED, result))).toBe(expected);
  });
});
