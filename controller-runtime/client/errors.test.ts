import { describe, expect, it } from '@jest/globals';
import {
  ApiError,
  ConnectionError,
  isConflict,
  isRequestError,
  MalformedResponseError,
  type StatusBody,
  WatchError,
  WriteFencedError,
} from './errors.ts';

describe('ApiError', () => {
  it("has a message with the request, the status code, the reason and the server's message", () => {
    const error = new ApiError('PATCH /x', 422, { reason: 'Invalid', message: 'no such field' });
    expect(error.message).toBe('PATCH /x: 422 Invalid: no such field');
    expect([error.request, error.code, error.reason]).toEqual(['PATCH /x', 422, 'Invalid']);
  });

  it('has a default message and an empty reason if the Status has none', () => {
    const error = new ApiError('GET /x', 502, {});
    expect(error.message).toBe('GET /x: 502: no message');
    expect([error.reason, error.retryAfterMs, error.hasCause('any')]).toEqual(['', undefined, false]);
  });

  it.each([
    ['the header alone', undefined, 2000, 2000],
    ['the body alone', 3, undefined, 3000],
    ['the header before the body', 3, 2000, 2000],
    ['neither', undefined, undefined, undefined],
  ])('reads Retry-After from %s', (_case, retryAfterSeconds, headerMs, expected) => {
    const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
    expect(new ApiError('GET /x', 429, details, headerMs).retryAfterMs).toBe(expected);
  });

  it('finds a cause by its reason', () => {
    const error = new ApiError('POST /x', 403, {
      details: { causes: [{ field: 'y' }, { reason: 'NamespaceTerminating' }] },
    });
    expect(error.hasCause('NamespaceTerminating')).toBe(true);
    expect(error.hasCause('FieldValueInvalid')).toBe(false);
  });
});

describe('the errors', () => {
  const cause = new Error('socket hang up');

  it.each([
    ['WatchError', new WatchError('WATCH /x', 410, { message: 'too old' })],
    ['ConnectionError', new ConnectionError('GET /x', cause)],
    ['MalformedResponseError', new MalformedResponseError('GET /x', cause)],
    ['WriteFencedError', new WriteFencedError('PUT /x')],
  ])('%s has its class as its name, for logs', (name, error) => {
    expect(error.name).toBe(name);
  });

  it('have different classes: only a WatchError is also an ApiError', () => {
    expect(new WatchError('WATCH /x', 410, {})).toBeInstanceOf(ApiError);
    expect(new ConnectionError('GET /x', cause)).not.toBeInstanceOf(ApiError);
    expect(new WriteFencedError('PUT /x')).not.toBeInstanceOf(ApiError);
  });

  it.each([
    ['ConnectionError', new ConnectionError('GET /x', cause), 'GET /x: socket hang up'],
    ['ConnectionError of text', new ConnectionError('GET /x', 'reset'), 'GET /x: reset'],
    [
      'MalformedResponseError',
      new MalformedResponseError('GET /x', cause),
      'GET /x: cannot parse the response: socket hang up',
    ],
    [
      'WriteFencedError',
      new WriteFencedError('PUT /x'),
      'PUT /x: not sent: this replica is not the leader, or its lease may have expired',
    ],
  ])('%s has a message with the request and what happened', (_name, error, message) => {
    expect(error.message).toBe(message);
  });

  it('keep their cause', () => {
    expect(new ConnectionError('GET /x', cause).cause).toBe(cause);
    expect(new MalformedResponseError('GET /x', cause).cause).toBe(cause);
  });
});

/** Returns an error of a PATCH with these fields as its causes. */
function refusal(code: number, ...fields: readonly string[]): ApiError {
  const status: StatusBody = { details: { causes: fields.map((field) => ({ field })) } };
  return new ApiError('PATCH /x', code, status);
}

describe('isConflict', () => {
  it.each<[string, unknown]>([
    ['409 Conflict: another resource version', new ApiError('PATCH /x', 409, { reason: 'Conflict' })],
    ['409 AlreadyExists', new ApiError('POST /x', 409, { reason: 'AlreadyExists' })],
    ['422 for metadata.uid: another object has the name', refusal(422, 'metadata.uid')],
    ['422 for metadata.uid among other fields', refusal(422, 'spec.selector', 'metadata.uid')],
  ])('is true for %s', (_case, error) => {
    expect(isConflict(error)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['422 for another field', refusal(422, 'spec.selector')],
    ['422 without causes', new ApiError('PATCH /x', 422, {})],
    ['another code that names metadata.uid', refusal(400, 'metadata.uid')],
    ['404', refusal(404)],
    [
      'a webhook that denies a request with 409',
      new ApiError('PATCH /x', 409, { message: 'admission webhook "x" denied the request: no' }),
    ],
    ['a failed connection', new ConnectionError('PATCH /x', new Error('409'))],
    ['an error of this process', new TypeError('x is not a function')],
  ])('is false for %s', (_case, error) => {
    expect(isConflict(error)).toBe(false);
  });
});

describe('isRequestError', () => {
  it.each<[string, unknown, boolean]>([
    ['ApiError', refusal(500), true],
    ['WatchError', new WatchError('WATCH /x', 410, {}), true],
    ['ConnectionError', new ConnectionError('GET /x', 'reset'), true],
    ['MalformedResponseError', new MalformedResponseError('GET /x', 'JSON'), true],
    ['WriteFencedError: the request was not sent', new WriteFencedError('PUT /x'), false],
    ['an error of this process', new TypeError('x is not a function'), false],
    ['a value that is not an error', 'reset', false],
  ])('%s', (_case, error, expected) => {
    expect(isRequestError(error)).toBe(expected);
  });
});
