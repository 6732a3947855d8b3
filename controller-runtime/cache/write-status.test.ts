import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../testing/fake-server.ts';
import { Cache } from './cache.ts';
import { type ObjectWithStatus, writeStatus } from './write-status.ts';

const SITE: ObjectWithStatus = {
  apiVersion: 'example.com/v1',
  kind: 'Site',
  metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '4' },
  status: { url: 'http://web' },
};
const WRITTEN = { ...SITE, metadata: { ...SITE.metadata, resourceVersion: '5' }, status: { url: 'http://other' } };

let server: FakeServer;
let cache: Cache<ObjectWithStatus>;

beforeEach(async () => {
  server = await FakeServer.start();
  cache = new Cache({ group: 'example.com', version: 'v1', plural: 'sites' });
  cache.upsert(undefined, SITE);
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const write = (status: object): Promise<boolean> => writeStatus(server.client(), cache, SITE, status);

describe('writeStatus', () => {
  it('replaces the status, and caches the response before the watch event arrives', async () => {
    const written = write(WRITTEN.status);
    const exchange = await server.next();
    expect(exchange.request).toMatchObject({ method: 'PUT', path: expect.stringMatching(/\/web\/status$/) });
    expect(exchange.request.body).toMatchObject({ metadata: SITE.metadata, status: WRITTEN.status });
    exchange.answer(200, WRITTEN);
    expect(await written).toBe(true);
    expect(cache.get('blue/web')).toEqual(WRITTEN);
  });

  it('writes nothing if the status is unchanged', async () => {
    expect(await write({ url: 'http://web', image: undefined })).toBe(false);
  });

  it('writes no status of a deleted object', async () => {
    const written = write(WRITTEN.status);
    (await server.next()).refuse(404, { reason: 'NotFound', details: { name: 'web' } });
    expect(await written).toBe(false);
  });

  it('rejects where the resource has no status', async () => {
    const written = write(WRITTEN.status);
    (await server.next()).refuse(404, { reason: 'NotFound', details: {} });
    await expect(written).rejects.toThrow(
      'the API server has no status of sites.example.com. Its CustomResourceDefinition must be installed and have "subresources: {status: {}}".',
    );
  });

  it('rejects with a 409 when the object has changed', async () => {
    const written = write(WRITTEN.status);
    (await server.next()).refuse(409, { reason: 'Conflict' });
    await expect(written).rejects.toMatchObject({ name: 'ApiError', code: 409 });
  });
});
