import { describe, expect, it } from '@jest/globals';
import { ApiError, ConnectionError, type StatusBody } from '../../controller-runtime/client/errors.ts';
import { PERSISTENT } from './failure.ts';
import { describeStatusRefusal, INVALID_SPEC, refusalEvent } from './status-refusal.ts';

function refusal(code: number, status: StatusBody): ApiError {
  return new ApiError('PUT /apis/temperature-converter.io/v1/…/web/status', code, status);
}

/** A refusal whose causes are about these fields. */
function invalid(...fields: readonly string[]): ApiError {
  return refusal(422, {
    message: 'TemperatureConverter "web" is invalid: it breaks a rule',
    details: { causes: fields.map((field) => ({ field, message: 'breaks a rule' })) },
  });
}

describe('a refused status', () => {
  it('because of the spec says which field to correct, and is rarely retried', () => {
    const { message, policy } = describeStatusRefusal(invalid('spec.image', 'spec.image', 'spec.pod.labels')) ?? {};
    expect(message).toBe(
      'The API server refuses to store the status: TemperatureConverter "web" is invalid: it breaks a rule. ' +
        'A rule of the CustomResourceDefinition is newer than this resource, and before Kubernetes 1.33 the API server checks ' +
        'it at each update of the status. The children are still reconciled; the status is not. Correct spec.image, spec.pod.labels.',
    );
    expect(policy).toBe(INVALID_SPEC);
  });

  it.each([
    [['metadata.name'], 'Create the resource under another name, and delete this one.'],
    [
      ['metadata.name', 'spec.image'],
      'Correct spec.image; create the resource under another name, and delete this one.',
    ],
  ])('because of %j says what to do', (fields, advice) => {
    expect(describeStatusRefusal(invalid(...fields))?.message.endsWith(`is not. ${advice}`)).toBe(true);
  });

  it.each([['status.replicas'], ['conditions[0].reason'], ['specification'], []])(
    'because of itself (%s) says that the definition is of another version',
    (...fields) => {
      const { message, policy } = describeStatusRefusal(invalid(...fields)) ?? {};
      expect(message).toMatch(/breaks a rule\. Install the CustomResourceDefinition of this version/u);
      expect(policy).toBe(PERSISTENT);
    },
  );

  it.each([
    [403, 'temperatureconverters "web" is forbidden: User "x" cannot update', "Grant the operator's service account"],
    [403, 'admission webhook "p.example.com" denied the request: no', 'Ask the owner of the policy'],
  ])('with %d: %s', (code, text, advice) => {
    const { message, policy } = describeStatusRefusal(refusal(code, { message: text })) ?? {};
    expect(message).toContain(`${text}. ${advice}`);
    expect(policy).toBe(PERSISTENT);
  });

  it('without a message is described by its code', () => {
    expect(describeStatusRefusal(refusal(422, { reason: 'Invalid' }))?.message).toContain('status: 422 Invalid.');
  });

  it.each([
    ['a conflict', refusal(409, { reason: 'Conflict' })],
    ['an overloaded server', refusal(429, {})],
    ['a failing server', refusal(500, {})],
    ['no response', new ConnectionError('PUT /x', new Error('ECONNRESET'))],
    ['another error', new Error('no status')],
  ])('is not %s', (_case, error) => {
    expect(describeStatusRefusal(error)).toBeUndefined();
  });
});

it('is a warning about the resource', () => {
  expect(refusalEvent({ message: 'Correct spec.image.', policy: PERSISTENT })).toEqual({
    type: 'Warning',
    reason: 'StatusRefused',
    action: 'UpdateStatus',
    note: 'Correct spec.image.',
  });
});
