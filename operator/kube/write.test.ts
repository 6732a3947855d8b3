import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER, type KubeClient } from './client.ts';
import { HandDrivenServer } from './hand-driven-server.ts';
import { applyOver, createByApply, mergePatch, replaceStatus } from './write.ts';

const DEPLOYMENTS = { group: 'apps', version: 'v1', plural: 'deployments' };
const PATH = '/apis/apps/v1/namespaces/blue/deployments';
const OBJECT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'blue', labels: { a: 'b' } },
  spec: { paused: false },
};
const APPLY_QUERY = { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Ignore' };
const ANSWER = { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '5' } };

let server: HandDrivenServer;
let client: KubeClient;

beforeEach(async () => {
  server = await HandDrivenServer.start();
  client = server.client();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

describe('createByApply', () => {
  it('applies with a resource version that no object has, so that an object of that name is left alone', async () => {
    const written = createByApply(client, DEPLOYMENTS, OBJECT);
    const exchange = await server.next();
    exchange.answer(200, ANSWER);
    expect(await written).toEqual(ANSWER);
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: `${PATH}/web`, query: APPLY_QUERY });
    expect(exchange.request.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(exchange.request.body).toEqual({ ...OBJECT, metadata: { ...OBJECT.metadata, resourceVersion: '1' } });
  });

  it('rejects with a 409 when there is one', async () => {
    const written = createByApply(client, DEPLOYMENTS, OBJECT);
    (await server.next()).refuse(409, { reason: 'Conflict' });
    await expect(written).rejects.toMatchObject({ name: 'ApiError', code: 409 });
  });
});

describe('applyOver', () => {
  it('applies to the object of that UID alone, taking its fields from others', async () => {
    const written = applyOver(client, DEPLOYMENTS, { object: OBJECT, uid: 'u1' });
    const exchange = await server.next();
    exchange.answer(200, ANSWER);
    expect(await written).toEqual(ANSWER);
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: `${PATH}/web`, query: APPLY_QUERY });
    expect(exchange.request.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(exchange.request.body).toEqual({ ...OBJECT, metadata: { ...OBJECT.metadata, uid: 'u1' } });
  });
});

describe('mergePatch', () => {
  it('changes the object of that UID alone', async () => {
    const patch = { spec: { paused: null } };
    const written = mergePatch(client, DEPLOYMENTS, { namespace: 'blue', name: 'web', uid: 'u1', patch });
    const exchange = await server.next();
    exchange.answer(200, ANSWER);
    expect(await written).toEqual(ANSWER);
    const query = { fieldManager: FIELD_MANAGER };
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: `${PATH}/web`, query });
    expect(exchange.request.headers['content-type']).toBe('application/merge-patch+json');
    expect(exchange.request.body).toEqual({ ...patch, metadata: { uid: 'u1' } });
  });
});

describe('replaceStatus', () => {
  const target = { namespace: 'blue', name: 'web', uid: 'u1', status: { replicas: 1 } };

  it('replaces the status of the object of that UID alone', async () => {
    const written = replaceStatus(client, DEPLOYMENTS, target);
    const exchange = await server.next();
    exchange.answer(200, ANSWER);
    expect(await written).toEqual(ANSWER);
    const query = { fieldManager: FIELD_MANAGER };
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: `${PATH}/web/status`, query });
    expect(exchange.request.headers['content-type']).toBe('application/json-patch+json');
    expect(exchange.request.body).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u1' },
      { op: 'add', path: '/status', value: { replicas: 1 } },
    ]);
  });

  it.each([
    ['there is no object of that name', 404, { reason: 'NotFound' }],
    ['another object has that name', 422, { reason: 'Invalid', details: {} }],
  ])('resolves to undefined when %s', async (_case, code, status) => {
    const written = replaceStatus(client, DEPLOYMENTS, target);
    (await server.next()).refuse(code, status);
    expect(await written).toBeUndefined();
  });

  it.each([
    ['the status is refused', 422, { reason: 'Invalid', details: { causes: [{ field: 'status.replicas' }] } }],
    ['the server does not come to it', 409, { reason: 'Conflict' }],
  ])('rejects when %s', async (_case, code, status) => {
    const written = replaceStatus(client, DEPLOYMENTS, target);
    (await server.next()).refuse(code, status);
    await expect(written).rejects.toMatchObject({ name: 'ApiError', code });
  });
});
