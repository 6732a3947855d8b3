import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../client/client.ts';
import { FIELD_MANAGER } from '../testing/fake-server.ts';
import { type Exchange, FakeServer } from '../testing/fake-server.ts';
import type { ObjectToApply } from '../object/object.ts';
import type { ManagedFieldsEntry } from './owned-fields.ts';
import type { MergePatch } from '../client/write.ts';
import { ObjectStore } from '../cache/object-store.ts';
import { type LiveObject, type ReceivedObject, toLiveObject } from './live-object.ts';
import { type AppliedKind, clearManagedFields, createObject, isHalfReplaced, overwriteObject } from './write-object.ts';

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const PATH = '/apis/apps/v1/namespaces/blue/deployments/web';
const UID = 'uid-of-web';
const DESIRED: ObjectToApply = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'blue', labels: { app: 'web' } },
  spec: { minReadySeconds: 2, paused: false },
};
const OWN_APPLY: ManagedFieldsEntry = { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': {} } };
/** What a merge patch of this manager leaves in the managed fields. */
const OWN_UPDATE: ManagedFieldsEntry = { manager: FIELD_MANAGER, operation: 'Update' };
const OTHER: ManagedFieldsEntry = { manager: 'kubectl-edit', operation: 'Update' };
const PATCH: MergePatch = { spec: { minReadySeconds: 2 } };

const KIND: AppliedKind = {
  kind: 'Deployment',
  resource: { group: 'apps', version: 'v1', plural: 'deployments' },
  store: new ObjectStore<LiveObject>(),
  trim: (object) => toLiveObject(object, FIELD_MANAGER),
};
/** A kind whose applies need a patch before them. */
const PATCHED_KIND: AppliedKind = { ...KIND, patchBeforeApply: () => PATCH };
/** The same, where the patch may own the spec. */
const OWNING_KIND: AppliedKind = {
  ...PATCHED_KIND,
  trim: (object) => toLiveObject(object, FIELD_MANAGER, ['f:spec']),
};

let server: FakeServer;
let client: KubeClient;

beforeEach(async () => {
  server = await FakeServer.start();
  client = server.client();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** The object as the server has it, of that version. */
function received(version: number, managedFields: readonly ManagedFieldsEntry[] = [OWN_APPLY]): ReceivedObject {
  const metadata = { name: 'web', namespace: 'blue', uid: UID, resourceVersion: String(version), managedFields };
  return { metadata, spec: { minReadySeconds: version } };
}

/** The next request, which is to be a patch of that type. */
async function next(contentType: string): Promise<Exchange> {
  const exchange = await server.next();
  expect(exchange.request).toMatchObject({ method: 'PATCH', path: PATH });
  expect(exchange.request.headers['content-type']).toBe(contentType);
  return exchange;
}

/** The desired object, with the preconditions of an apply over that version. */
const applied = (version: number): object => ({
  ...DESIRED,
  metadata: { ...DESIRED.metadata, uid: UID, resourceVersion: String(version) },
});

/** The preconditions of a patch of that version. */
const over = (version: number): object => ({ uid: UID, resourceVersion: String(version) });

/** Writes over version 1 of the object, which has these fields in its spec besides. */
function overwrite(
  kind: AppliedKind,
  { managedFields, foreign = {} }: { managedFields?: ManagedFieldsEntry[]; foreign?: object } = {},
): Promise<ReceivedObject> {
  const object = received(1, managedFields);
  const live = toLiveObject({ ...object, spec: { ...object.spec, ...foreign } }, FIELD_MANAGER);
  return overwriteObject(client, { kind, desired: DESIRED, live });
}

/** The error of the API server that names these fields. */
const invalid = (...fields: string[]): object => ({ details: { causes: fields.map((field) => ({ field })) } });

describe('createObject', () => {
  it('applies where there is no object of the name', async () => {
    const creating = createObject(client, KIND, DESIRED);
    const exchange = await next(APPLY);
    expect(exchange.request.body).toEqual({ ...DESIRED, metadata: { ...DESIRED.metadata, resourceVersion: '1' } });
    exchange.answer(201, received(2));
    expect(await creating).toEqual(received(2));
  });

  it('rejects with a 409 when there is one', async () => {
    const creating = createObject(client, KIND, DESIRED);
    (await next(APPLY)).refuse(409);
    await expect(creating).rejects.toMatchObject({ code: 409 });
  });
});

describe('overwriteObject', () => {
  it('applies over the cached version of the cached object', async () => {
    const writing = overwrite(KIND);
    const exchange = await next(APPLY);
    expect(exchange.request.body).toEqual(applied(1));
    exchange.answer(200, received(2));
    expect(await writing).toEqual(received(2));
  });

  it.each([
    ['the object has changed since', 409, {}],
    ['another object has its name', 422, { details: { causes: [{ field: 'metadata.uid' }] } }],
    ['the operator has no right to', 403, {}],
  ])('writes nothing more when %s', async (_case, code, status) => {
    const writing = overwrite(KIND);
    (await next(APPLY)).refuse(code, status);
    await expect(writing).rejects.toMatchObject({ code });
    expect(server.count).toBe(1);
  });
});

describe('where the outcome of an apply is invalid, overwriteObject', () => {
  const foreign = { ranges: ['10.0.0.0/8'], note: 'x', replicas: 3 };

  it("removes the named fields of others, makes what the patch owns the applies', and applies: each over the version before it", async () => {
    const writing = overwrite(KIND, { foreign });
    (await next(APPLY)).refuse(422, invalid('spec.Ranges[0]'));
    const removal = await next(MERGE);
    expect(removal.request.body).toEqual({ metadata: over(1), spec: { ...DESIRED.spec, ranges: null } });
    removal.answer(200, received(2, [OTHER, OWN_UPDATE]));
    const reclaim = await next(MERGE);
    const managedFields = [OTHER, { ...OWN_UPDATE, operation: 'Apply', fieldsV1: {} }];
    expect(reclaim.request.body).toEqual({ metadata: { ...over(2), managedFields } });
    reclaim.answer(200, received(3, [OTHER]));
    const last = await next(APPLY);
    expect(last.request.body).toEqual(applied(3));
    last.answer(200, received(4));
    expect(await writing).toEqual(received(4));
  });

  it('removes also those that the error about the removal names', async () => {
    const writing = overwrite(KIND, { foreign });
    (await next(APPLY)).refuse(422, invalid('spec.ranges'));
    (await next(MERGE)).refuse(422, invalid('spec.note'));
    const removal = await next(MERGE);
    expect(removal.request.body).toEqual({ metadata: over(1), spec: { ...DESIRED.spec, ranges: null, note: null } });
    removal.answer(200, received(2));
    (await next(MERGE)).answer(200, received(3));
    (await next(APPLY)).answer(200, received(4));
    expect(await writing).toEqual(received(4));
  });

  it('removes also those that the error about the next apply names', async () => {
    const writing = overwrite(KIND, { foreign });
    (await next(APPLY)).refuse(422, invalid('spec.ranges'));
    (await next(MERGE)).answer(200, received(2));
    (await next(MERGE)).answer(200, received(3));
    (await next(APPLY)).refuse(422, invalid('spec.note'));
    const removal = await next(MERGE);
    expect(removal.request.body).toMatchObject({ metadata: over(3), spec: { ranges: null, note: null } });
    removal.answer(200, received(4));
    (await next(MERGE)).answer(200, received(5));
    (await next(APPLY)).answer(200, received(6));
    expect(await writing).toEqual(received(6));
  });

  it('replaces all fields but those that belong to others, when the error names no field of others', async () => {
    const writing = overwrite({ ...KIND, keptFields: ['spec.replicas'] }, { foreign });
    (await next(APPLY)).refuse(422, invalid('spec.minReadySeconds'));
    const replacement = await next(MERGE);
    expect(replacement.request.body).toEqual({
      metadata: over(1),
      spec: { ...DESIRED.spec, ranges: null, note: null },
    });
    replacement.answer(200, received(2));
    (await next(MERGE)).answer(200, received(3));
    (await next(APPLY)).answer(200, received(4));
    expect(await writing).toEqual(received(4));
  });

  it('rejects when the replacement is invalid too', async () => {
    const writing = overwrite(KIND);
    (await next(APPLY)).refuse(422);
    (await next(MERGE)).refuse(422);
    await expect(writing).rejects.toMatchObject({ code: 422 });
    expect(server.count).toBe(2);
  });
});

describe('where a patch must precede the apply, overwriteObject', () => {
  it("patches, makes what the patch owns the applies', and applies", async () => {
    const writing = overwrite(PATCHED_KIND);
    const exchange = await next(MERGE);
    expect(exchange.request.body).toEqual({ ...PATCH, metadata: over(1) });
    exchange.answer(200, received(2, [OWN_APPLY, OWN_UPDATE]));
    const reclaim = await next(MERGE);
    expect(reclaim.request.body).toEqual({ metadata: { ...over(2), managedFields: [OWN_APPLY] } });
    reclaim.answer(200, received(3));
    const last = await next(APPLY);
    expect(last.request.body).toEqual(applied(3));
    last.answer(200, received(4));
    expect(await writing).toEqual(received(4));
  });

  it('patches alone when the object is then as desired, and the patch may own what it changed', async () => {
    const writing = overwrite(OWNING_KIND);
    const metadata = { ...received(2, [OWN_APPLY, { ...OWN_UPDATE, fieldsV1: { 'f:spec': {} } }]).metadata };
    const patched = { metadata: { ...metadata, labels: { app: 'web' } }, spec: DESIRED.spec ?? {} };
    (await next(MERGE)).answer(200, patched);
    expect(await writing).toEqual(patched);
    expect(server.count).toBe(1);
  });

  it('applies alone when the live object needs no patch', async () => {
    const writing = overwrite({ ...KIND, patchBeforeApply: () => undefined });
    (await next(APPLY)).answer(200, received(2));
    expect(await writing).toEqual(received(2));
  });

  it('rejects with the error of the apply when the patch is invalid', async () => {
    const writing = overwrite(PATCHED_KIND);
    (await next(MERGE)).refuse(422);
    (await next(APPLY)).refuse(403);
    await expect(writing).rejects.toMatchObject({ code: 403 });
  });
});

describe('an object that was patched without the apply that follows', () => {
  it('is patched again, and applied', async () => {
    const writing = overwrite(KIND, { managedFields: [OWN_UPDATE] });
    const replacement = await next(MERGE);
    expect(replacement.request.body).toEqual({ metadata: over(1), spec: DESIRED.spec });
    replacement.answer(200, received(2, [OWN_UPDATE]));
    (await next(MERGE)).answer(200, received(3, []));
    (await next(APPLY)).answer(200, received(4));
    expect(await writing).toEqual(received(4));
  });

  it.each([
    ['is recognized by the fields that a write of this manager owns which was no apply', [OWN_UPDATE], true],
    ['is none that this manager has only applied', [OWN_APPLY, OTHER], false],
  ])('%s', (_case, managedFields, expected) => {
    expect(isHalfReplaced(toLiveObject(received(1, managedFields), FIELD_MANAGER))).toBe(expected);
  });
});

describe('clearManagedFields', () => {
  it('leaves this manager one annotation of that version of the object, and other managers nothing', async () => {
    const live = toLiveObject(received(1, [OTHER]), FIELD_MANAGER);
    const clearing = clearManagedFields(client, { kind: KIND, desired: DESIRED, live }, 'example.com/record');
    const exchange = await next(MERGE);
    const entry = {
      manager: FIELD_MANAGER,
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:example.com/record': {} } } },
    };
    expect(exchange.request.body).toEqual({ metadata: { ...over(1), managedFields: [entry] } });
    exchange.answer(200, received(2));
    expect(await clearing).toEqual(received(2));
  });
});
