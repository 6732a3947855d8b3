import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectStore } from '../cache/object-store.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { FIELD_MANAGER, FakeServer } from '../testing/fake-server.ts';
import { Applier } from './applier.ts';
import type { ApplyResult } from './apply-result.ts';
import type { UnwantedChild } from './delete-unwanted.ts';
import { type LiveObject, toLiveObject } from './live-object.ts';
import { ownershipOptions } from './ownership.ts';

const SITES = { group: 'example.com', version: 'v1', plural: 'sites' };
const RECORD = 'example.com/owner-generation';
const CONTROLLER = { apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid: 'u1', controller: true };
const OWNER = { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '10', generation: 3 } };

let server: FakeServer;
let clock: FakeClock;
let applier: Applier;
let store: ObjectStore<LiveObject>;
let budget: UnwantedChild;

beforeEach(async () => {
  server = await FakeServer.start();
  clock = new FakeClock();
  const ownership = ownershipOptions(SITES, () => ({ site: 'web' }));
  applier = new Applier({ client: server.client(), clock, ownership });
  store = new ObjectStore<LiveObject>();
  const kind = {
    kind: 'PodDisruptionBudget',
    resource: { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' },
    store,
    trim: (object: LiveObject) => toLiveObject(object, FIELD_MANAGER),
  };
  budget = { kind, unwanted: OWNER.metadata };
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** Puts the object into the cache: by default the owner's, written for generation 2. */
function cache(metadata: Partial<LiveObject['metadata']> = {}, record = 'u1/2'): void {
  store.replace(
    undefined,
    [
      {
        metadata: {
          name: 'web',
          namespace: 'blue',
          uid: 'b1',
          resourceVersion: '7',
          annotations: { [RECORD]: record },
          ownerReferences: [CONTROLLER],
          ...metadata,
        },
        ownedFields: { 'f:metadata': { 'f:annotations': { [`f:${RECORD}`]: {} } } },
      },
    ],
    '7',
  );
}

/** Applies, and answers the deletion, if there is one, with that code. */
async function apply(code?: number): Promise<ApplyResult | undefined> {
  const applying = applier.apply(OWNER, [budget]);
  if (code !== undefined) {
    const exchange = await server.next();
    expect(exchange.request).toMatchObject({
      method: 'DELETE',
      path: '/apis/policy/v1/namespaces/blue/poddisruptionbudgets/web',
      body: { preconditions: { uid: 'b1', resourceVersion: '7' } },
    });
    if (code === 200) exchange.answer(200, { kind: 'Status', status: 'Success' });
    else exchange.refuse(code);
  }
  const [deleted] = await applying;
  return deleted?.result;
}

describe('an unwanted object', () => {
  it('is deleted in the cached version, with its UID as a precondition', async () => {
    cache();
    expect(await apply(200)).toEqual({ type: 'deleted' });
  });

  it('counts as deleted if it does not exist any more', async () => {
    cache();
    expect(await apply(404)).toEqual({ type: 'deleted' });
  });

  it.each([409, 403, 500])('fails if the deletion does (%s)', async (code) => {
    cache();
    expect(await apply(code)).toMatchObject({ type: 'failed', error: { code } });
  });

  it('needs no request if there is none', async () => {
    expect(await apply()).toEqual({ type: 'unchanged' });
    expect(server.count).toBe(0);
  });

  it.each<[string, Partial<LiveObject['metadata']>]>([
    ['nothing controls', { ownerReferences: [], labels: { site: 'web' } }],
    ['consents to be adopted', { ownerReferences: [], annotations: { 'example.com/adopt': 'web' } }],
    ['another owner controls', { ownerReferences: [{ ...CONTROLLER, uid: 'u2' }] }],
    ['the owner owns without controlling it', { ownerReferences: [{ ...CONTROLLER, controller: false }] }],
    ['is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ])('stays if it %s', async (_case, metadata) => {
    cache(metadata);
    expect(await apply()).toEqual({ type: 'unchanged' });
    expect(server.count).toBe(0);
  });

  it('stays while the cached owner is older than what it was written for', async () => {
    cache({}, 'u1/4');
    const applying = apply();
    (await server.next()).answer(200, { metadata: { resourceVersion: '99' }, items: [] });
    expect(await applying).toEqual({ type: 'stale' });
    expect(server.count).toBe(1);
  });

  it('is deleted less and less often when another writer keeps creating it, which is reported until it stops', async () => {
    cache({}, 'u1/3');
    for (let count = 0; count < 4; count += 1) expect(await apply(200)).toEqual({ type: 'deleted' });
    expect(await apply()).toEqual({ type: 'recreated', retryAfterMs: 5000 });
    store.replace(undefined, [], '8');
    expect(await apply()).toMatchObject({ type: 'recreated' });
    clock.advance(20_000);
    expect(await apply()).toEqual({ type: 'unchanged' });
  });

  it('is deleted at once each time that a new generation of the owner does not want it', async () => {
    for (let count = 0; count < 6; count += 1) {
      cache({}, 'u1/2');
      expect(await apply(200)).toEqual({ type: 'deleted' });
    }
  });
});
