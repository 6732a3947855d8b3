import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../controller-runtime/client/errors.ts';
import { describeRefusal } from './kubectl-error.ts';

const DETAILS = { kind: 'TemperatureConverter', name: 'web' };

describe('describeRefusal', () => {
  it.each([
    [
      { reason: 'Invalid', details: { ...DETAILS, causes: [{ field: 'spec.port', message: 'Invalid value: 0' }] } },
      'The TemperatureConverter "web" is invalid: spec.port: Invalid value: 0',
    ],
    [
      {
        reason: 'Invalid',
        details: {
          ...DETAILS,
          causes: [
            { field: 'a', message: 'b' },
            { field: 'a', message: 'b' },
            { field: 'c', message: 'd' },
          ],
        },
      },
      'The TemperatureConverter "web" is invalid: \n* a: b\n* c: d',
    ],
    [
      { reason: 'Invalid', message: 'all wrong', details: DETAILS },
      'The TemperatureConverter "web" is invalid: all wrong',
    ],
    [
      { reason: 'NotFound', message: 'namespaces "x" not found' },
      'Error from server (NotFound): error when creating "web.yaml": namespaces "x" not found',
    ],
    [{ message: 'broken' }, 'Error from server: error when creating "web.yaml": broken'],
  ])('describes %j as kubectl does', (status, text) => {
    expect(describeRefusal(new ApiError('POST /', 422, status), 'creating', 'web.yaml')).toBe(text);
  });

  it('describes other errors', () => {
    expect(describeRefusal(new Error('no connection'), 'applying', 'web.yaml')).toBe(
      'error: error when applying "web.yaml": no connection',
    );
  });
});
