import { describe, expect, it } from '@jest/globals';
import {
  ApiError,
  ConnectionError,
  MalformedResponseError,
  type RequestError,
  type StatusBody,
  WatchError,
} from '../../controller-runtime/client/errors.ts';
import { classifyFailure, PERSISTENT, TRANSIENT } from './failure.ts';

function refusal(code: number, status: StatusBody = {}): ApiError {
  return new ApiError('PATCH /x', code, status);
}

describe('a transient error is retried soon', () => {
  it.each<[string, RequestError]>([
    ['no answer', new ConnectionError('PATCH /x', new Error('ECONNRESET'))],
    ['an answer that breaks off', new MalformedResponseError('PATCH /x', new Error('JSON'))],
    ['401', refusal(401)],
    ['408', refusal(408)],
    ['429', refusal(429)],
    ['500', refusal(500)],
    ['503', refusal(503)],
    ['504', refusal(504)],
    ['an ERROR event', new WatchError('WATCH /x', 500, {})],
    ['409: another version of the object', refusal(409, { reason: 'Conflict' })],
    ['409: the object exists', refusal(409, { reason: 'AlreadyExists' })],
    ['422: another object of the name', refusal(422, { details: { causes: [{ field: 'metadata.uid' }] } })],
  ])('%s', (_case, error) => {
    const failure = { reason: 'ApiUnavailable', advice: 'The operator keeps retrying.', policy: TRANSIENT };
    expect(classifyFailure(error)).toEqual(failure);
  });
});

describe('a persistent error is retried at long intervals', () => {
  it.each<[string, ApiError, object]>([
    ...[400, 405, 406, 413, 415, 422].map((code): [string, ApiError, object] => [
      String(code),
      refusal(code),
      { reason: 'Invalid', advice: 'Correct the spec.' },
    ]),
    [
      '422 for a field other than the UID',
      refusal(422, { details: { causes: [{ field: 'spec.template' }] } }),
      { reason: 'Invalid', advice: 'Correct the spec.' },
    ],
    [
      '500 for a field that does not exist',
      refusal(500, { message: 'failed to create typed patch object (blue/web; apps/v1): .spec.x: field not declared' }),
      { reason: 'Invalid', advice: 'Correct the spec.' },
    ],
    [
      '403',
      refusal(403, { message: 'deployments is forbidden: User "x" cannot patch' }),
      {
        reason: 'Forbidden',
        advice: "Grant the operator's service account this permission, or change the admission policy.",
      },
    ],
    [
      '403 of a quota',
      refusal(403, { message: 'services "web" is forbidden: exceeded quota: small, requested: services=1' }),
      { reason: 'QuotaExceeded', advice: 'Raise the quota, or delete objects that count against it.' },
    ],
    [
      '403 of a namespace that is being deleted',
      refusal(403, { details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] } }),
      {
        reason: 'NamespaceTerminating',
        advice: 'The namespace is deleted or terminating. The operator creates nothing in it.',
      },
    ],
    [
      '404: the namespace is deleted',
      refusal(404),
      {
        reason: 'NamespaceTerminating',
        advice: 'The namespace is deleted or terminating. The operator creates nothing in it.',
      },
    ],
  ])('%s', (_case, error, failure) => {
    expect(classifyFailure(error)).toEqual({ ...failure, policy: PERSISTENT });
  });
});

describe('the policies', () => {
  it.each([
    ['TRANSIENT retries at least once a minute', TRANSIENT, { initialMs: 100, maximumMs: 60_000 }],
    ['PERSISTENT retries at least every five minutes', PERSISTENT, { initialMs: 10_000, maximumMs: 300_000 }],
  ])('%s', (_case, policy, expected) => {
    expect(policy).toEqual(expected);
  });
});
