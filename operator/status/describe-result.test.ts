import { describe, expect, it } from '@jest/globals';
import type { Difference } from '../../controller-runtime/apply/apply-difference.ts';
import {
  ApiError,
  ConnectionError,
  type RequestError,
  type StatusBody,
} from '../../controller-runtime/client/errors.ts';
import type { ApplyResult } from '../../controller-runtime/apply/apply-result.ts';
import { describeResult } from './describe-result.ts';

const SERVICE = { kind: 'Service', name: 'web' } as const;
const CONTROLLER = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u9', controller: true };

type Described = Parameters<typeof describeResult>[1];

const difference = (path: string, wanted: unknown, found: unknown): Difference => ({ path, wanted, found, steps: [] });

function changed(...changes: readonly Difference[]): Described {
  return { type: 'changedByAdmission', changes, retryAfterMs: 1000 };
}

function contested(field: string, by: Extract<ApplyResult, { type: 'contested' }>['by']): Described {
  return { type: 'contested', field, by, retryAfterMs: 1000 };
}

function failed(error: RequestError): Described {
  return { type: 'failed', error };
}

const refusal = (code: number, status: StatusBody): ApiError => new ApiError('PATCH /x', code, status);

/** The message of a blocked child, or the note of an up-to-date one. */
function messageOf(result: Described): string | undefined {
  const described = describeResult(SERVICE, result);
  return described.type === 'blocked' ? described.message : described.note;
}

describe('a child that matches the spec', () => {
  it.each<[string, Described]>([
    ['unchanged', { type: 'unchanged' }],
    ['created', { type: 'created' }],
    ['updated', { type: 'updated' }],
    ['adopted', { type: 'adopted' }],
    ['repaired', { type: 'repaired', fields: ['spec.type'], by: { type: 'unknown' } }],
  ])('is up to date without a note: %s', (_case, result) => {
    expect(describeResult(SERVICE, result)).toStrictEqual({ type: 'upToDate', kind: 'Service' });
  });
});

describe('a child that admission controllers have changed', () => {
  it('is up to date, with a note that lists each field, its desired value and its actual value', () => {
    const changes = [
      difference('spec.a', 'x', 'y'),
      difference('spec.b', { c: 1 }, undefined),
      difference('spec.d', undefined, [1]),
    ];
    expect(describeResult(SERVICE, changed(...changes))).toStrictEqual({
      type: 'upToDate',
      kind: 'Service',
      note: 'Service web: spec.a "x" became "y", spec.b {"c":1} was removed, spec.d became [1].',
    });
  });

  it.each([
    [10, ''],
    [11, ', and 1 more'],
    [25, ', and 15 more'],
  ])('has at most ten of %d fields in its note', (count, more) => {
    const changes = Array.from({ length: count }, (_item, index) => difference(`spec.f${index}`, 1, 2));
    const listed = changes.slice(0, 10).map(({ path }) => `${path} 1 became 2`);
    expect(messageOf(changed(...changes))).toBe(`Service web: ${listed.join(', ')}${more}.`);
  });

  it('has at most 100 characters of a value in its note', () => {
    const longest = 'x'.repeat(98);
    expect(messageOf(changed(difference('spec.a', longest, `${longest}y`)))).toBe(
      `Service web: spec.a "${longest}" became "${longest}y….`,
    );
  });
});

describe('a child that is blocked', () => {
  it.each<[string, Described, string, string]>([
    [
      'an object of the same name without a controller',
      { type: 'nameConflict', controller: undefined },
      'NameConflict',
      'Service web already exists, has no controller and was not created by the operator. The operator does not change it. Delete it, use another name for this resource, or let the operator adopt it: kubectl annotate service web temperature-converter.io/adopt=web',
    ],
    [
      'an object of another controller',
      { type: 'nameConflict', controller: CONTROLLER },
      'NameConflict',
      'Service web already exists and is controlled by StatefulSet db. The operator does not change it. Delete it, or use another name for this resource.',
    ],
    [
      'an object of an earlier resource of the same name',
      { type: 'nameConflict', controller: { ...CONTROLLER, kind: 'TemperatureConverter', name: 'web' } },
      'ChildTerminating',
      'Service web belongs to a deleted resource of the same name. The garbage collector deletes it, then the operator re-creates it.',
    ],
    [
      'an object of a resource of another name',
      { type: 'nameConflict', controller: { ...CONTROLLER, kind: 'TemperatureConverter', name: 'api' } },
      'NameConflict',
      'Service web already exists and is controlled by TemperatureConverter api. The operator does not change it. Delete it, or use another name for this resource.',
    ],
    [
      'an unwanted object that is created repeatedly',
      { type: 'recreated', retryAfterMs: 1000 },
      'Contested',
      'Service web is created repeatedly, but the spec does not ask for it. The operator now deletes it only every few seconds. Stop the client that creates it.',
    ],
    [
      'an immutable field',
      { type: 'immutable', difference: difference('spec.selector', { app: 'web' }, { app: 'old' }) },
      'NameConflict',
      'Service web: spec.selector is {"app":"old"} but must be {"app":"web"}, and the field is immutable. Delete the object, and the operator re-creates it: kubectl delete service web',
    ],
    [
      'an immutable field that is missing',
      { type: 'immutable', difference: difference('spec.selector', { app: 'web' }, undefined) },
      'NameConflict',
      'Service web: spec.selector is unset but must be {"app":"web"}, and the field is immutable. Delete the object, and the operator re-creates it: kubectl delete service web',
    ],
    [
      'its own deletion',
      { type: 'terminating' },
      'ChildTerminating',
      'Service web is being deleted. The operator re-creates it once it is deleted.',
    ],
    [
      'a field that another manager keeps changing',
      contested('spec.type', { type: 'manager', name: 'kubectl-edit' }),
      'Contested',
      'Service web: field manager "kubectl-edit" keeps changing spec.type, which the operator manages. The operator now restores it only every few seconds. Stop that client, or set spec.service.type.',
    ],
    [
      'a field that an unknown writer keeps changing',
      contested('spec.type', { type: 'unknown' }),
      'Contested',
      'Service web: another client keeps changing spec.type, which the operator manages. The operator now restores it only every few seconds. Stop that client, or set spec.service.type.',
    ],
    [
      'a field that no field of the spec sets',
      contested('spec.selector.app', { type: 'manager', name: 'kubectl-edit' }),
      'Contested',
      'Service web: field manager "kubectl-edit" keeps changing spec.selector.app, which the operator manages. The operator now restores it only every few seconds. Stop that client.',
    ],
    [
      'a field that another instance of the operator keeps changing',
      contested('spec.type', { type: 'sameManager' }),
      'Contested',
      'Service web: another instance of this operator, with another version or other defaults (CONVERTER_IMAGE), keeps changing spec.type, which the operator manages. The operator now restores it only every few seconds. Run only one instance for each namespace (WATCH_NAMESPACES), or enable leader election for all of them (LEADER_ELECT).',
    ],
    [
      'repeated deletion',
      contested('', { type: 'unknown' }),
      'Contested',
      'Service web is deleted repeatedly. The operator now re-creates it only every few seconds. Stop the client that deletes it.',
    ],
    [
      'a rejected write, with the message of the server',
      failed(refusal(403, { message: 'exceeded quota: small.' })),
      'QuotaExceeded',
      'Service web: exceeded quota: small. Raise the quota, or delete objects that count against it.',
    ],
    [
      'a policy, on one line',
      failed(
        refusal(400, {
          message:
            'admission webhook "policy.example.com" denied the request: \n\nteam-label:\n  check: label required.\n',
        }),
      ),
      'Denied',
      'Service web: admission webhook "policy.example.com" denied the request: team-label: check: label required. Ask the owner of the policy, or set what it requires in the spec (such as commonLabels, commonAnnotations, resources).',
    ],
    [
      'a missing permission that the server does not name',
      failed(
        new ApiError('PATCH /api/v1/namespaces/blue/services/web', 403, { message: 'services "web" is forbidden: ' }),
      ),
      'Forbidden',
      "Service web: the operator's service account cannot create services in namespace blue. Grant the operator's service account this permission.",
    ],
    [
      'a rejected write without a message',
      failed(refusal(422, {})),
      'Invalid',
      'Service web: PATCH /x: 422: no message. Correct the spec.',
    ],
    [
      'a write without a response',
      failed(new ConnectionError('PATCH /x', new Error('socket hang up'))),
      'ApiUnavailable',
      'Service web: ConnectionError: PATCH /x: socket hang up. The operator keeps retrying.',
    ],
    [
      'the deletion of its namespace, with the same message for each child',
      failed(refusal(403, { message: 'x', details: { causes: [{ reason: 'NamespaceTerminating' }] } })),
      'NamespaceTerminating',
      'The namespace is deleted or terminating. The operator creates nothing in it.',
    ],
  ])('by %s', (_case, result, reason, message) => {
    expect(describeResult(SERVICE, result)).toStrictEqual({ type: 'blocked', kind: 'Service', reason, message });
  });

  it('has at most 500 characters of what a policy writes', () => {
    const message = messageOf(
      failed(refusal(403, { message: `admission webhook "x" denied the request: ${'y'.repeat(9000)}` })),
    );
    expect(message?.length).toBeLessThan(700);
    expect(message).toContain('y…. Ask the owner');
  });

  it('has at most 100 characters of a value in its message', () => {
    const result = messageOf({ type: 'immutable', difference: difference('spec.selector', 1, 'x'.repeat(500)) });
    expect(result).toContain(`spec.selector is "${'x'.repeat(99)}… but`);
  });
});
