import { describe, expect, it } from '@jest/globals';
import { ApiError, ConnectionError, MalformedResponseError, WatchError, WriteFencedError } from './errors.ts';

describe('ApiError', () => {
  it('says what was asked, and what the server had against it', () => {
    const error = new ApiError('PATCH /x', 422, { reason: 'Invalid', message: 'no such field' });
    expect(error.message).toBe('PATCH /x: 422 Invalid: no such field');
    expect([error.code, error.reason]).toEqual([422, 'Invalid']);
  });

  it('stands an answer without a status', () => {
    const error = new ApiError('GET /x', 502, {});
    expect(error.message).toBe('GET /x: 502: no message');
    expect([error.reason, error.retryAfterMs, error.hasCause('any')]).toEqual(['', undefined, false]);
  });

  it.each([
    ['the header alone', undefined, 2000, 2000],
    ['the body alone', 3, undefined, 3000],
    ['the header before the body', 3, 2000, 2000],
    ['neither', undefined, undefined, undefined],
  ])('tells how long the server asks to be left alone, from %s', (_case, retryAfterSeconds, headerMs, expected) => {
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
  ])('%s has its name, for logs', (name, error) => {
    expect(error.name).toBe(name);
  });

  it('are told apart by class: only a watch error is an answer of the server', () => {
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
      'GET /x: the answer cannot be read: socket hang up',
    ],
    [
      'WriteFencedError',
      new WriteFencedError('PUT /x'),
      'PUT /x: not sent, since this replica is not, or no longer surely, the leader',
    ],
  ])('%s says what happened to which request', (_name, error, message) => {
    expect(error.message).toBe(message);
  });

  it('keep what caused them', () => {
    expect(new ConnectionError('GET /x', cause).cause).toBe(cause);
    expect(new MalformedResponseError('GET /x', cause).cause).toBe(cause);
  });
});
