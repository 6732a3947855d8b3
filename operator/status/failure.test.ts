import { describe, expect, it } from '@jest/globals';
import {
  ApiError,
  ConnectionError,
  MalformedResponseError,
  type RequestError,
  type StatusBody,
  WatchError,
} from '../../controller-runtime/client/errors.ts';
import { classifyFailure, describeForbidden, PERSISTENT, STARTING, TERMINATING, TRANSIENT } from './failure.ts';

const PATH = '/apis/apps/v1/namespaces/blue/deployments/web';

function refusal(code: number, status: StatusBody = {}): ApiError {
  return new ApiError(`PATCH ${PATH}`, code, status);
}

const saying = (code: number, message: string): ApiError => refusal(code, { message });
const reasonOf = (error: RequestError): string => classifyFailure(error).reason;

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
    ['500 while etcd elects a leader', saying(500, 'etcdserver: leader changed')],
    ['503 of an API that is served elsewhere', saying(503, 'the server is currently unable to handle the request')],
  ])('%s', (_case, error) => {
    const failure = { reason: 'ApiUnavailable', advice: 'The operator keeps retrying.', policy: TRANSIENT };
    expect(classifyFailure(error)).toEqual(failure);
  });
});

describe('an API server that is not ready for the request is retried within seconds, without an event', () => {
  it.each([
    [
      'does not know the kind of the owner yet',
      saying(
        403,
        'deployments.apps "web" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion temperature-converter.io/v1 Kind TemperatureConverter: no matches for kind "TemperatureConverter" in version "temperature-converter.io/v1"',
      ),
    ],
    ['has a plug-in that starts', saying(403, 'services "web" is forbidden: not yet ready to handle request')],
    [
      'has not counted a quota yet',
      saying(403, 'services "web" is forbidden: status unknown for quota: small, resources: services'),
    ],
    ['initializes a storage', saying(429, 'storage is (re)initializing')],
    ['does not serve the kind yet', saying(404, 'the server could not find the requested resource')],
    ['does not know the kind', saying(500, 'no matches for kind "X" in version "y/v1"')],
  ])('since it %s', (_case, error) => {
    const failure = { reason: 'ApiNotReady', advice: 'The operator keeps retrying.', policy: STARTING };
    expect(classifyFailure(error)).toEqual(failure);
  });
});

const POLICY = `ValidatingAdmissionPolicy 'team' with binding 'team-blue' denied request: must carry the label team`;

describe('a denial by a policy or webhook', () => {
  it.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 503])('is Denied with the code %d', (code) => {
    expect(reasonOf(saying(code, `deployments.apps "web" is forbidden: ${POLICY}`))).toBe('Denied');
    expect(reasonOf(saying(code, 'admission webhook "x.example.com" denied the request: no'))).toBe('Denied');
  });

  it.each([
    ['without a binding', `ValidatingAdmissionPolicy 'team' denied request: no`],
    ['of a mutating policy', `policy 'team' with binding 'team-blue' denied request: no such key: team`],
    ['without an explanation', 'admission webhook "x" denied the request without explanation'],
    [
      'over several lines',
      'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Deployment/blue/web was blocked',
    ],
  ])('is Denied %s', (_case, message) => {
    expect(reasonOf(saying(400, message))).toBe('Denied');
  });

  it.each([
    'services "web" is forbidden: Use of external IPs is denied by admission control.',
    'deployments.apps "web" is forbidden: the namespace is locked',
  ])('is Denied when a plug-in of the server forbids: %s', (message) => {
    expect(reasonOf(saying(403, message))).toBe('Denied');
  });

  it('is distinguished from a permission, an invalid field and a quota by the text alone', () => {
    expect(classifyFailure(saying(422, POLICY)).advice).not.toContain('Correct');
    expect(reasonOf(saying(403, `${POLICY} exceeded quota`))).toBe('Denied');
  });
});

describe('a webhook that cannot be called', () => {
  it.each([
    [500, 'Internal error occurred: failed calling webhook "x.example.com": failed to call webhook: Post "https://…"'],
    [500, 'failed calling webhook "x": tls: failed to verify certificate'],
    [504, 'failed calling webhook "x": context deadline exceeded'],
    [403, 'services "web" is forbidden: failed calling webhook "x": expected response.uid'],
    [500, 'conversion webhook for example.com/v1, Kind=X failed: Post "https://…": connection refused'],
  ])('is a transient error with the code %d: %s', (code, message) => {
    expect(classifyFailure(saying(code, message))).toEqual({
      reason: 'WebhookUnavailable',
      advice: 'The operator keeps retrying. If it lasts, check the program that serves the webhook.',
      policy: { initialMs: 100, maximumMs: 30_000 },
    });
  });
});

describe('an error that a user must resolve is retried within 30 seconds', () => {
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
    ...[
      'deployments.apps "web" is forbidden: User "x" cannot patch resource "deployments"',
      'deployments.apps "web" is forbidden: ',
      `services "web" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on`,
    ].map((message): [string, ApiError, object] => [
      `403: ${message}`,
      saying(403, message),
      { reason: 'Forbidden', advice: "Grant the operator's service account this permission." },
    ]),
    [
      '403 of a quota',
      saying(403, 'services "web" is forbidden: exceeded quota: small, requested: services=1'),
      { reason: 'QuotaExceeded', advice: 'Raise the quota, or delete objects that count against it.' },
    ],
    ...[
      'Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
      'Service "web" is invalid: spec.clusterIPs: failed to allocate a serviceIP: range is full',
    ].map((message): [string, ApiError, object] => [
      message,
      saying(422, message),
      {
        reason: 'AllocationFailed',
        advice: 'Free it, or choose another in spec.service. See: kubectl get services --all-namespaces',
      },
    ]),
  ])('%s', (_case, error, failure) => {
    expect(classifyFailure(error)).toEqual({ ...failure, policy: PERSISTENT });
  });
});

describe('a namespace that is deleted or terminating is retried at long intervals', () => {
  it.each([
    ['by its cause', refusal(403, { details: { causes: [{ reason: 'NamespaceTerminating' }] } })],
    ['by its text', saying(403, 'unable to create new content in namespace blue because it is being terminated')],
    ['that does not exist', saying(404, 'namespaces "blue" not found')],
    ['404', refusal(404)],
  ])('%s', (_case, error) => {
    expect(classifyFailure(error)).toEqual({
      reason: 'NamespaceTerminating',
      advice: 'The namespace is deleted or terminating. The operator creates nothing in it.',
      policy: TERMINATING,
    });
  });
});

describe('describeForbidden', () => {
  it('names the permission that the server does not name', () => {
    expect(describeForbidden(saying(403, 'deployments.apps "web" is forbidden: '))).toBe(
      "the operator's service account cannot create deployments in namespace blue",
    );
  });

  it.each([
    ['a message that names it', saying(403, 'deployments.apps "web" is forbidden: User "x" cannot patch')],
    ['another request', new ApiError('GET /version', 403, { message: 'x is forbidden: ' })],
  ])('is undefined for %s', (_case, error) => {
    expect(describeForbidden(error)).toBeUndefined();
  });
});

describe('the policies', () => {
  it.each([
    ['TRANSIENT retries at least once a minute', TRANSIENT, { initialMs: 100, maximumMs: 60_000 }],
    ['STARTING retries at least every five seconds', STARTING, { initialMs: 250, maximumMs: 5_000 }],
    ['PERSISTENT retries at least every 30 seconds', PERSISTENT, { initialMs: 10_000, maximumMs: 30_000 }],
    ['TERMINATING retries at least every five minutes', TERMINATING, { initialMs: 10_000, maximumMs: 300_000 }],
  ])('%s', (_case, policy, expected) => {
    expect(policy).toEqual(expected);
  });
});
