import { describe, expect, it } from '@jest/globals';
import type { ApplyResult } from '../apply/apply-result.ts';
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

describe('resultOf', () => {
  it.each([
    [
      'done if nothing failed or was delayed',
      [CREATED, { type: 'nameConflict', controller: undefined }],
      { type: 'done' },
    ],
    [
      'requeued after the shortest delay',
      [contested(5000), contested(2000)],
      { type: 'requeueAfter', afterMs: 2000, cause: 'delay over' },
    ],
    ['requeued if the owner is stale', [STALE], { type: 'requeueAfter', afterMs: 5000, cause: 'stale resource' }],
  ] as const)('is %s', (_what, results, expected) => {
    expect(resultOf(results)).toEqual(expected);
  });

  it("includes the caller's own delay", () => {
    expect(resultOf([contested(5000)], { delayMs: 300 })).toMatchObject({ afterMs: 300 });
    expect(resultOf([CREATED], { delayMs: 0 })).toEqual({ type: 'done' });
  });

  it('is the error of the failed write with the shortest backoff', () => {
    const errorPolicy = (error: unknown): { initialMs: number; maximumMs: number } => ({
      initialMs: error === BROKEN ? 100 : 10_000,
      maximumMs: 60_000,
    });
    expect(resultOf([failed(FORBIDDEN), failed(BROKEN)], { errorPolicy })).toEqual({ type: 'error', error: BROKEN });
  });

  it('is retried no later than after a delay', () => {
    const results = [contested(1), failed(FORBIDDEN)];
    expect(resultOf(results)).toEqual({ type: 'error', error: FORBIDDEN, atMostMs: 1 });
  });
});

describe('isCacheBehind', () => {
  it.each([
    [true, 'a stale owner', STALE],
    [true, 'a conflict', failed(CONFLICT)],
    [false, 'another failure', failed(FORBIDDEN)],
    [false, 'a success', CREATED],
  ] as const)('is %s for %s', (expected, _what, result) => {
    expect(isCacheBehind([CREATED, result])).toBe(expected);
  });
});
