import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../../controller-runtime/testing/fake-server.ts';
import { ApiError } from '../../controller-runtime/client/errors.ts';
import type { ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { exampleConverter } from '../api/example-converter.ts';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildChildren } from '../children/children.ts';
import type { ChildKind } from '../children/child.ts';
import { FIELD_MANAGER, OWNER_GENERATION_ANNOTATION } from '../children/labels.ts';
import { describeResult } from '../status/describe-result.ts';
import { planConverter, type Subject } from './plan-converter.ts';

const IMAGE = 'converter:1';
let server: FakeServer;

beforeEach(async () => {
  server = await FakeServer.start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** A resource whose children are as desired; each change is of a child's spec. */
function subject(
  resource: TemperatureConverter = exampleConverter(),
  changes: Partial<Record<ChildKind, object>> = {},
  record = 'u1/3',
): Subject {
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${OWNER_GENERATION_ANNOTATION}`]: {} } } };
  const managedFields = [{ manager: FIELD_MANAGER, operation: 'Apply', fieldsV1 }];
  const children = Object.entries(buildChildren(resource, { image: IMAGE })).map(([kind, desired]) => {
    if (desired === undefined) return [kind, undefined];
    const annotations = { [OWNER_GENERATION_ANNOTATION]: record };
    const metadata = { ...desired.metadata, uid: 'c1', resourceVersion: '1', annotations, managedFields };
    // SAFETY: the keys of the children are their kinds.
    return [kind, { ...desired, metadata, spec: Object.assign({}, desired.spec, changes[kind as ChildKind]) }];
  });
  return { resource, children: Object.fromEntries(children) };
}

/** Plans without the right to try the writes. */
function predicted(of: Subject): ReturnType<typeof planConverter> {
  return planConverter(of, { imageFor: () => IMAGE, dryRunFor: () => Promise.resolve(undefined) });
}

/** Plans with the right to try them. */
function tried(of: Subject): ReturnType<typeof planConverter> {
  return planConverter(of, {
    imageFor: () => IMAGE,
    dryRunFor: () => Promise.resolve(server.client({ dryRun: true })),
  });
}

describe('the plan of a converter', () => {
  it('is unchanged if all children are as desired', async () => {
    expect(await predicted(subject())).toMatchObject({ outcome: 'unchanged', replacesPods: false });
  });

  it('is changed if one of them differs, and says whether pods are replaced', async () => {
    const image = subject();
    const plan = await planConverter(image, {
      imageFor: () => 'converter:2',
      dryRunFor: () => Promise.resolve(undefined),
    });
    expect(plan).toMatchObject({ outcome: 'changed', replacesPods: true, children: [{ action: 'changed' }, {}, {}] });
    const port = await predicted(subject(exampleConverter(), { Service: { type: 'NodePort' } }));
    expect(port).toMatchObject({ outcome: 'changed', replacesPods: false });
  });

  it('does not ask for the default image if the spec has one', async () => {
    const of = subject(exampleConverter({ spec: { image: 'own:1' } }));
    const plan = await planConverter(of, {
      imageFor: () => {
        throw new Error('the default image is unknown');
      },
      dryRunFor: () => Promise.resolve(undefined),
    });
    expect(plan).toMatchObject({ outcome: 'unchanged' });
  });

  it('deletes the budget that the spec does not ask for', async () => {
    const { PodDisruptionBudget } = subject(
      exampleConverter({ spec: { podDisruptionBudget: { maxUnavailable: 1 } } }),
    ).children;
    const { resource, children } = subject();
    const plan = await predicted({
      resource,
      children: { ...children, ...(PodDisruptionBudget && { PodDisruptionBudget }) },
    });
    expect(plan).toMatchObject({ outcome: 'changed', children: [{}, {}, {}, { action: 'deleted' }] });
  });

  it('changes nothing while it is paused, and says what it changes once it is resumed', async () => {
    const plan = await predicted(
      subject(exampleConverter({ spec: { paused: true } }), { Service: { type: 'NodePort' } }),
    );
    expect(plan).toMatchObject({
      outcome: 'paused',
      message: expect.stringContaining('Reconciliation is paused'),
      children: [{}, { action: 'changed' }, {}],
    });
  });

  it('changes nothing while it is being deleted', async () => {
    const deleted = exampleConverter({ metadata: { deletionTimestamp: 'now' } });
    expect(await predicted(subject(deleted))).toMatchObject({ outcome: 'deleting', children: [] });
  });

  it('is unknown if the children were written for a newer generation', async () => {
    expect(await predicted(subject(exampleConverter(), {}, 'u1/4'))).toBeUndefined();
  });

  it('leaves out the UID of a resource that does not exist yet', async () => {
    const change = { action: 'created', validated: true } as const;
    const plan = await predicted({ resource: exampleConverter(), children: {}, change });
    expect(plan).toMatchObject({ outcome: 'created' });
    expect(plan?.children[0]?.diff).toContain('uid: <set by the API server>');
  });

  it('takes what the status says of admission plug-ins for unchanged', async () => {
    const changes = [{ path: 'spec.type', wanted: 'ClusterIP', found: 'NodePort', steps: ['f:spec', 'f:type'] }];
    const result = describeResult(
      { kind: 'Service', name: 'web' },
      { type: 'changedByAdmission', changes, retryAfterMs: 0 },
    );
    const message = result.type === 'upToDate' ? (result.note ?? '') : '';
    const condition = {
      type: 'Reconciled',
      status: 'True',
      reason: 'ChangedByAdmission',
      observedGeneration: 3,
    } as const;
    const status = { conditions: [{ ...condition, message, lastTransitionTime: 'now' }] };
    const of = subject(exampleConverter({ status }), { Service: { type: 'NodePort' } });
    expect(await predicted(of)).toMatchObject({ outcome: 'unchanged', children: [{}, { message }, {}] });
    const other = subject(exampleConverter({ status }), { Service: { type: 'LoadBalancer' } });
    expect(await predicted(other)).toMatchObject({ outcome: 'changed' });
  });
});

/** A resource whose Service was changed by hand. */
function drifted(): Subject {
  return subject(exampleConverter(), { Service: { type: 'NodePort' } });
}

describe('the plan of a write that the API server refuses', () => {
  it('is blocked, with the reason of the status', async () => {
    const planning = tried(drifted());
    const message = 'admission webhook "policy" denied the request: no';
    (await server.next()).refuse(403, { reason: 'Forbidden', message });
    expect(await planning).toMatchObject({
      outcome: 'blocked',
      children: [{}, { action: 'blocked', reason: 'Denied', message: expect.stringContaining(message) }, {}],
    });
  });

  it('is computed if it is the user who lacks a right', async () => {
    const planning = tried(drifted());
    const message = 'services "web" is forbidden: User "me" cannot patch resource "services"';
    (await server.next()).refuse(403, { reason: 'Forbidden', message });
    expect(await planning).toMatchObject({
      outcome: 'changed',
      children: [{}, { action: 'changed', tried: false }, {}],
    });
  });

  it('is an error if the API server does not answer now', async () => {
    const planning = tried(drifted());
    (await server.next()).refuse(503, { message: 'overloaded' });
    await expect(planning).rejects.toThrow(ApiError);
  });

  it('is unknown if the object has changed since it was read', async () => {
    const planning = tried(drifted());
    (await server.next()).refuse(409, { reason: 'Conflict' });
    expect(await planning).toBeUndefined();
  });
});

describe('the diff of a tried write', () => {
  it('does not show what only a dry run allocates', async () => {
    const of = subject(exampleConverter(), { Service: { selector: {} } });
    const planning = tried(of);
    const { Service } = subject().children;
    const answer: ReceivedObject | undefined = Service && {
      ...Service,
      spec: { ...Service.spec, clusterIP: '10.0.0.9' },
    };
    (await server.next()).answer(200, answer);
    const plan = await planning;
    expect(plan?.children[1]?.diff).toContain('+  clusterIP: <allocated by the API server>\n');
  });
});
