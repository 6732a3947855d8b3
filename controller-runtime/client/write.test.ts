import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER } from '../testing/fake-server.ts';
import type { KubeClient } from './client.ts';
import { type Exchange, FakeServer } from '../testing/fake-server.ts';
import type { KubernetesObject } from '../object/object.ts';
import { applyOver, createByApply, mergePatch, type ObjectVersion, readByName, replaceStatus } from './write.ts';

const DEPLOYMENTS = { group: 'apps', version: 'v1', plural: 'deployments' };
const PATH = '/apis/apps/v1/namespaces/blue/deployments';
const OBJECT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'blue', labels: { a: 'b' } },
  spec: { paused: false },
};
const APPLY_QUERY = { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Ignore' };
const VERSION = { uid: 'u1', resourceVersion: '4' };
const ANSWER = { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '5' } };

let server: FakeServer;
let client: KubeClient;

beforeEach(async () => {
  server = await FakeServer.start();
  client = server.client();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

describe('createByApply', () => {
  it('applies with a resource version that no object has, so that it overwrites no existing object', async () => {
    const written = createByApply(client, DEPLOYMENTS, OBJECT);
    const exchange = await server.next();
    exchange.answer(200, ANSWER);
    expect(await written).toEqual(ANSWER);
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: `${PATH}/web`, query: APPLY_QUERY });
    expect(exchange.request.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(exchange.request.body).toEqual({ ...OBJECT, metadata: { ...OBJECT.metadata, resourceVersion: '1' } });
  });

  it('rejects with a 409 if the object exists', async () => {
    const written = createByApply(client, DEPLOYMENTS, OBJECT);
    (await server.next()).refuse(409, { reason: 'Conflict' });
    await expect(written).rejects.toMatchObject({ name: 'ApiError', code: 409 });
  });
});

describe('applyOver', () => {
  it('applies to this version of the object only, and takes the ownership of its fields', async () => {
    const written = applyOver(client, DEPLOYMENTS, { object: OBJECT, over: VERSION });
    const exchange = await server.next();
    exchange.answer(200, ANSWER);
    expect(await written).toEqual(ANSWER);
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: `${PATH}/web`, query: APPLY_QUERY });
    expect(exchange.request.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(exchange.request.body).toEqual({ ...OBJECT, metadata: { ...OBJECT.metadata, ...VERSION } });
  });
});

describe('mergePatch', () => {
  it('patches this version of the object only', async () => {
    const patch = { metadata: { labels: { a: null } }, spec: { paused: null } };
    const written = mergePatch(client, DEPLOYMENTS, { namespace: 'blue', name: 'web', over: VERSION, patch });
    const exchange = await server.next();
    exchange.answer(200, ANSWER);
    expect(await written).toEqual(ANSWER);
    const query = { fieldManager: FIELD_MANAGER };
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: `${PATH}/web`, query });
    expect(exchange.request.headers['content-type']).toBe('application/merge-patch+json');
    expect(exchange.request.body).toEqual({ spec: { paused: null }, metadata: { labels: { a: null }, ...VERSION } });
  });
});

describe('a precondition', () => {
  it.each([
    ['applyOver', (over: ObjectVersion) => applyOver(client, DEPLOYMENTS, { object: OBJECT, over })],
    ['mergePatch', (over: ObjectVersion) => mergePatch(client, DEPLOYMENTS, { name: 'web', over, patch: {} })],
  ])('of %s is the UID and the resource version only', async (_case, write) => {
    const written = write({ ...VERSION, generation: 7, labels: { x: 'y' } } as ObjectVersion);
    const { request } = await answerNext(ANSWER);
    await written;
    expect(request.body).toMatchObject({ metadata: VERSION });
    expect(request.body).not.toHaveProperty('metadata.generation');
    expect(request.body).not.toHaveProperty('metadata.labels.x');
  });

  it.each([
    ['409 (the object has changed)', 409, { reason: 'Conflict' }],
    ['422 (the object was re-created)', 422, { details: { causes: [{ field: 'metadata.uid' }] } }],
  ])('that fails rejects the write with %s', async (_case, code, status) => {
    const written = applyOver(client, DEPLOYMENTS, { object: OBJECT, over: VERSION });
    (await server.next()).refuse(code, status);
    await expect(written).rejects.toMatchObject({ name: 'ApiError', code, status });
  });
});

describe('replaceStatus', () => {
  const STATUS = { replicas: 1 };
  const LIVE = { ...OBJECT, metadata: { ...OBJECT.metadata, ...VERSION } };
  const replace = (): Promise<KubernetesObject> => replaceStatus(client, DEPLOYMENTS, LIVE, STATUS);

  it('replaces the status of this version of the object, and sends no other fields', async () => {
    const written = replace();
    const { request } = await answerNext(ANSWER);
    expect(await written).toEqual(ANSWER);
    const query = { fieldManager: FIELD_MANAGER };
    expect(request).toMatchObject({ method: 'PUT', path: `${PATH}/web/status`, query });
    expect(request.headers['content-type']).toBe('application/json');
    expect(request.body).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'blue', name: 'web', ...VERSION },
      status: STATUS,
    });
  });

  it.each([
    ['the object has changed or was re-created', 409],
    ['the object does not exist', 404],
    ['the status is invalid', 422],
  ])('rejects when %s', async (_case, code) => {
    const written = replace();
    (await server.next()).refuse(code);
    await expect(written).rejects.toMatchObject({ name: 'ApiError', code });
  });
});

describe('readByName', () => {
  it('lists the object by its name', async () => {
    const read = readByName(client, DEPLOYMENTS, { namespace: 'blue', name: 'web' });
    const { request } = await answerNext({ metadata: { resourceVersion: '9' }, items: [ANSWER] });
    expect(await read).toEqual(ANSWER);
    expect(request).toMatchObject({ method: 'GET', path: PATH, query: { fieldSelector: 'metadata.name=web' } });
  });

  it('resolves to undefined if the object does not exist', async () => {
    const read = readByName(client, DEPLOYMENTS, { namespace: 'blue', name: 'web' });
    await answerNext({ metadata: { resourceVersion: '9' }, items: [] });
    expect(await read).toBeUndefined();
  });

  it('rejects with the error of the server', async () => {
    const read = readByName(client, DEPLOYMENTS, { namespace: 'blue', name: 'web' });
    (await server.next()).refuse(403);
    await expect(read).rejects.toMatchObject({ name: 'ApiError', code: 403 });
  });
});

/** Answers the next request with `body` and returns it. */
async function answerNext(body: object): Promise<Exchange> {
  const exchange = await server.next();
  exchange.answer(200, body);
  return exchange;
}
