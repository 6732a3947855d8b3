import { describe, expect, it } from '@jest/globals';
import {
  ApiError,
  ConnectionError,
  MalformedResponseError,
  type StatusBody,
  WatchError,
  WriteFencedError,
} from '../kube/errors.ts';
import { classifyFailure, LASTING, PASSING } from './failure.ts';

function refusal(code: number, status: StatusBody = {}, retryAfterMs?: number): ApiError {
  return new ApiError('PATCH /x', code, status, retryAfterMs);
}

const ANOTHER_UID = { details: { causes: [{ field: 'spec.selector' }, { field: 'metadata.uid' }] } };
const GOES_ON = { reason: 'ApiUnavailable', policy: PASSING, atLeastMs: 0, isStale: false };

describe('what passes by itself is tried again soon', () => {
  it.each<[string, unknown]>([
    ['no answer', new ConnectionError('PATCH /x', new Error('ECONNRESET'))],
    ['an answer that breaks off', new MalformedResponseError('PATCH /x', new Error('JSON'))],
    ['401', refusal(401)],
    ['408', refusal(408)],
    ['429', refusal(429)],
    ['500', refusal(500)],
    ['503', refusal(503)],
    ['504', refusal(504)],
    ['an ERROR event', new WatchError('WATCH /x', 500, {})],
  ])('%s', (_case, error) => {
    expect(classifyFailure(error)).toMatchObject(GOES_ON);
  });

  it.each([429, 503])('%d, but not before the server wants it', (code) => {
    expect(classifyFailure(refusal(code, {}, 5000))).toMatchObject({ ...GOES_ON, atLeastMs: 5000 });
  });
});

describe('the policies', () => {
  it('try again within a minute what passes, and every five minutes what lasts', () => {
    expect(PASSING).toEqual({ initialMs: 100, maximumMs: 60_000 });
    expect(LASTING).toEqual({ initialMs: 10_000, maximumMs: 300_000 });
  });
});

describe('a cache that was behind is told apart', () => {
  it.each([
    ['a conflict', refusal(409, { reason: 'Conflict' })],
    ['an object that exists', refusal(409, { reason: 'AlreadyExists' })],
    ['another object of the name', refusal(422, { reason: 'Invalid', ...ANOTHER_UID })],
  ])('%s', (_case, error) => {
    expect(classifyFailure(error)).toMatchObject({ ...GOES_ON, isStale: true });
  });
});

describe('what somebody must put right is tried now and then', () => {
  it.each<[string, ApiError, object]>([
    ...[400, 405, 406, 413, 415, 422].map((code): [string, ApiError, object] => [
      String(code),
      refusal(code),
      { reason: 'Invalid', advice: 'Correct the spec.' },
    ]),
    [
      '422 about another field',
      refusal(422, { details: { causes: [{ field: 'spec.template' }] } }),
      { reason: 'Invalid', advice: 'Correct the spec.' },
    ],
    [
      '500 about a field that does not exist',
      refusal(500, { message: 'failed to create typed patch object (blue/web; apps/v1): .spec.x: field not declared' }),
      { reason: 'Invalid', advice: 'Correct the spec.' },
    ],
    [
      '403',
      refusal(403, { message: 'deployments is forbidden: User "x" cannot patch' }),
      { reason: 'Forbidden', advice: "Grant the operator's service account this right, or change the policy." },
    ],
    [
      '403 of a quota',
      refusal(403, { message: 'services "web" is forbidden: exceeded quota: small, requested: services=1' }),
      { reason: 'QuotaExceeded', advice: 'Raise the quota or free some of it.' },
    ],
    ['404', refusal(404), { reason: 'NamespaceTerminating', advice: 'The namespace is gone or going.' }],
  ])('%s', (_case, error, failure) => {
    expect(classifyFailure(error)).toEqual({ ...failure, policy: LASTING, atLeastMs: 0, isStale: false });
  });
});

describe('a namespace that is being deleted', () => {
  it('is not tried again', () => {
    const status = { details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] } };
    expect(classifyFailure(refusal(403, status))).toEqual({
      reason: 'NamespaceTerminating',
      advice: 'Nothing is created in a namespace that is being deleted.',
      policy: undefined,
      atLeastMs: 0,
      isStale: false,
    });
  });
});

describe('what the API server has no part in', () => {
  it.each([
    ['a write that was fenced', new WriteFencedError('PATCH /x')],
    ['a fault of ours', new TypeError('x is not a function')],
  ])('is thrown: %s', (_case, error) => {
    expect(() => classifyFailure(error)).toThrow(error);
  });
});
