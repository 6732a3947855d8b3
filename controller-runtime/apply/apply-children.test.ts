import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER } from '../testing/fake-server.ts';
import { WriteFencedError } from '../client/errors.ts';
import { type Exchange, FakeServer, type ReceivedRequest } from '../testing/fake-server.ts';
import { keyOf, type ObjectMetadata, type ObjectToApply } from '../object/object.ts';
import type { ManagedFieldsEntry, OwnedFields } from './owned-fields.ts';
import type { MergePatch } from '../client/write.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { ObjectStore } from '../cache/object-store.ts';
import { AdmissionChanges } from './admission-changes.ts';
import { type ApplyContext, applyChildren, type Child } from './apply-children.ts';
import { nameOfChild } from './decide.ts';
import type { ApplyResult } from './apply-result.ts';
import { type LiveObject, type ReceivedObject, toLiveObject } from './live-object.ts';
import type { Owner } from './ownership.ts';
import { RepairLimiter } from './repair-limiter.ts';
import type { AppliedKind } from './write-object.ts';

const ALL = undefined;
const RECORD = 'example.com/owner-generation';
const ADOPT = 'example.com/adopt';
const HOUR_MS = 60 * 60_000;
const CONTROLLER = { apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid: 'u1', controller: true };
const UNCHANGED = { type: 'unchanged' };
const CREATED = { type: 'created' };
const NAME = nameOfChild('Service', 'blue/web');
const EDITOR = { type: 'manager', name: 'kubectl-edit' };

/** The owner of that generation. */
function owner(generation = 3, metadata: Partial<Owner['metadata']> = {}): Owner {
  return { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '10', generation, ...metadata } };
}

interface CachedChild extends Child {
  readonly kind: AppliedKind & { readonly store: ObjectStore<LiveObject> };
}

function childOf(kind: string, resource: { group: string; plural: string }, spec: object): CachedChild {
  const { group, plural } = resource;
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  const metadata = { name: 'web', namespace: 'blue', labels: { site: 'web' }, ownerReferences: [CONTROLLER] };
  return {
    kind: {
      kind,
      resource: { group, version: 'v1', plural },
      store: new ObjectStore<LiveObject>(),
      trim: (object) => toLiveObject(object, FIELD_MANAGER),
      immutableFields: ['spec.selector'],
    },
    desired: { apiVersion, kind, metadata, spec },
  };
}

/** The fields of a value in the form of managed fields, each owned. */
function fieldsOf(value: unknown): OwnedFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [`f:${name}`, fieldsOf(inside)]));
}

/** The managed fields of an apply of this operator, apart from those of the spec that others have taken. */
function ownApply({ metadata, spec }: ObjectToApply, taken: object = {}): ManagedFieldsEntry {
  const { labels } = metadata;
  const annotations = { ...metadata.annotations, [RECORD]: '' };
  const kept = Object.fromEntries(Object.entries(spec ?? {}).filter(([name]) => !(name in taken)));
  const fieldsV1 = fieldsOf({ metadata: { labels, annotations }, spec: kept });
  return { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1 };
}

/** What a merge patch of this operator leaves in the managed fields. */
const OWN_UPDATE: ManagedFieldsEntry = { manager: FIELD_MANAGER, operation: 'Update', fieldsV1: {} };

function ownedBy(manager: string, object: object): ManagedFieldsEntry {
  return { manager, operation: 'Update', fieldsV1: fieldsOf(object) };
}

interface Answer {
  readonly code?: number;
  readonly body?: object;
}

let server: FakeServer;
let clock: FakeClock;
let context: ApplyContext;
let mayWrite: () => boolean;
/** What the API server answers in place of the object as it was written. */
let respond: (request: ReceivedRequest) => Answer | undefined | Promise<Answer | undefined>;
/** The owner in the API server. */
let present: Owner | undefined;
/** Each request, such as `apply services`. */
let requests: string[];
/** The bodies of the writes. */
let bodies: object[];
let resourceVersion: number;
let deployment: CachedChild;
let service: CachedChild;

beforeEach(async () => {
  server = await FakeServer.start();
  clock = new FakeClock();
  mayWrite = () => true;
  respond = () => undefined;
  present = undefined;
  requests = [];
  bodies = [];
  resourceVersion = 100;
  deployment = childOf('Deployment', { group: 'apps', plural: 'deployments' }, { paused: false, selector: { a: 'b' } });
  service = childOf('Service', { group: '', plural: 'services' }, { type: 'ClusterIP', sessionAffinity: 'None' });
  context = {
    client: server.client({ mayWrite: () => mayWrite() }),
    limiter: new RepairLimiter(clock),
    admission: new AdmissionChanges(clock),
    ownership: {
      ownerResource: { group: 'example.com', version: 'v1', plural: 'sites' },
      labelsOf: ({ metadata }) => ({ site: metadata.name }),
      adoptAnnotation: ADOPT,
      ownerGenerationAnnotation: RECORD,
    },
  };
  void serve();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** Plays the API server, which takes each write unless `respond` says otherwise. */
async function serve(): Promise<never> {
  for (;;) void handle(await server.next());
}

async function handle(exchange: Exchange): Promise<void> {
  const { method, path, headers, body } = exchange.request;
  const verb = headers['content-type'] === 'application/merge-patch+json' ? 'patch' : 'apply';
  const plural = path.split('/').at(method === 'GET' ? -1 : -2) ?? '';
  requests.push(`${method === 'GET' ? 'list' : verb} ${plural}`);
  // SAFETY: what is written is an object.
  if (method !== 'GET') bodies.push(body as object);
  const { code = 200, body: answer = {} } = (await respond(exchange.request)) ?? answerOf(exchange.request);
  if (code < 300) exchange.answer(code, answer);
  else exchange.refuse(code, answer);
}

/** What the API server answers: the owner, or the object that comes of a write. */
function answerOf(request: ReceivedRequest): Answer {
  if (request.method !== 'GET') return { body: written(request) };
  return { body: { metadata: { resourceVersion: '99' }, items: present === undefined ? [] : [present] } };
}

/** The object that comes of a write. */
function written({ headers, body, path }: ReceivedRequest): object {
  // SAFETY: what is written is an object with metadata.
  const { metadata, ...parts } = body as ObjectToApply & { metadata: { uid?: string; managedFields?: object } };
  const isPatch = headers['content-type'] === 'application/merge-patch+json';
  resourceVersion += 1;
  const version = { uid: metadata.uid ?? `uid-${resourceVersion}`, resourceVersion: String(resourceVersion) };
  if (!isPatch) {
    return { ...parts, metadata: { ...metadata, ...version, managedFields: [ownApply({ ...parts, metadata })] } };
  }
  const child = path.includes('/services/') ? service : deployment;
  const live = child.kind.store.get(keyOf(child.desired));
  // What a patch changes is no longer the apply's, not even under one manager.
  const managedFields = metadata.annotations === undefined ? [ownApply(child.desired), OWN_UPDATE] : [OWN_UPDATE];
  return {
    metadata: { managedFields, ...live?.metadata, ...metadata, ...version },
    spec: { ...live?.spec, ...parts.spec },
  };
}

interface Live {
  readonly metadata?: Partial<ObjectMetadata>;
  readonly spec?: object;
  readonly record?: string;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** A child as the API server has it: as it is desired, and recorded for generation 3, but for what is changed. */
function received(child: CachedChild, { metadata, spec, record = 'u1/3', managedFields }: Live = {}): ReceivedObject {
  const { desired, kind } = child;
  resourceVersion += 1;
  return {
    metadata: {
      ...desired.metadata,
      uid: kind.store.get(keyOf(desired))?.metadata.uid ?? `uid-of-${kind.kind}`,
      resourceVersion: String(resourceVersion),
      annotations: { [RECORD]: record },
      managedFields: managedFields ?? [ownApply(desired)],
      ...metadata,
    },
    spec: { ...desired.spec, ...spec },
  };
}

/** Puts a child into the cache, as the watch reports it. */
function cache(child: CachedChild, live: Live = {}): LiveObject {
  const object = child.kind.trim(received(child, live));
  child.kind.store.upsert(ALL, object);
  return object;
}

/** Lets another manager change fields of a child's spec. */
function change(child: CachedChild, spec: object, record = 'u1/3'): LiveObject {
  const managedFields = [ownApply(child.desired, spec), ownedBy('kubectl-edit', { spec })];
  return cache(child, { spec, managedFields, record });
}

/** Lets a child be deleted, as the watch reports it. */
function remove(child: CachedChild): void {
  child.kind.store.delete(ALL, child.kind.trim(received(child)));
}

const applyAll = (of = owner()): Promise<readonly ApplyResult[]> => applyChildren(of, [deployment, service], context);

/** Applies the Service alone. */
async function applyService(of = owner()): Promise<ApplyResult | undefined> {
  const [result] = await applyChildren(of, [service], context);
  return result;
}

const cachedService = (): LiveObject | undefined => service.kind.store.get('blue/web');

describe('applyChildren', () => {
  it('writes nothing when every object is as desired', async () => {
    cache(deployment);
    cache(service);
    expect(await applyAll()).toEqual([UNCHANGED, UNCHANGED]);
    expect(requests).toEqual([]);
  });

  it('writes nothing when objects of an older generation are as desired', async () => {
    cache(deployment, { record: 'u1/1' });
    cache(service, { record: 'u1/2' });
    expect(await applyAll()).toEqual([UNCHANGED, UNCHANGED]);
    expect(requests).toEqual([]);
  });

  it('creates what is missing, only where there is no object of its name, and records the generation', async () => {
    expect(await applyAll()).toEqual([CREATED, CREATED]);
    expect(requests.toSorted()).toEqual(['apply deployments', 'apply services']);
    for (const body of bodies) {
      expect(body).toMatchObject({ metadata: { resourceVersion: '1', annotations: { [RECORD]: 'u1/3' } } });
    }
  });

  it('writes all objects at once', async () => {
    const both = Promise.withResolvers<undefined>();
    respond = () => {
      if (requests.length === 2) both.resolve(undefined);
      return both.promise;
    };
    expect(await applyAll()).toEqual([CREATED, CREATED]);
  });

  it('has each answer in the cache before the watch reports it, which then notifies no listener', async () => {
    cache(service, { spec: { type: 'NodePort' } });
    const notifications: string[] = [];
    service.kind.store.onChange(({ type }) => notifications.push(type));
    await applyService();
    expect(cachedService()).toMatchObject({ spec: { type: 'ClusterIP' } });
    expect(await applyService()).toEqual(UNCHANGED);
    expect([requests, notifications]).toEqual([['apply services'], []]);
  });

  it('updates for a new generation: over the cached version, with the record of the new one', async () => {
    const { metadata } = cache(service, { spec: { type: 'NodePort' } });
    expect(await applyService(owner(4))).toEqual({ type: 'updated' });
    expect(requests).toEqual(['apply services']);
    const { uid, resourceVersion: version } = metadata;
    expect(bodies).toMatchObject([
      { metadata: { uid, resourceVersion: version, annotations: { [RECORD]: 'u1/4' } }, spec: { type: 'ClusterIP' } },
    ]);
  });

  it('repairs what another writer has changed, and names the fields and the writer', async () => {
    cache(deployment);
    cache(service);
    const { metadata } = change(service, { type: 'NodePort', sessionAffinity: 'ClientIP' });
    const fields = ['spec.type', 'spec.sessionAffinity'];
    expect(await applyAll()).toEqual([UNCHANGED, { type: 'repaired', fields, by: EDITOR }]);
    expect(requests).toEqual(['apply services']);
    const { uid, resourceVersion: version } = metadata;
    expect(bodies).toMatchObject([{ metadata: { uid, resourceVersion: version }, spec: { type: 'ClusterIP' } }]);
  });

  it('refuses an object that does not name its owner as controller, or is in another namespace', async () => {
    const { desired } = service;
    const { ownerReferences: _ownerReferences, ...metadata } = desired.metadata;
    const applyAs = (other: Partial<ObjectToApply['metadata']>): Promise<unknown> =>
      applyChildren(owner(3), [{ ...service, desired: { ...desired, metadata: { ...metadata, ...other } } }], context);
    await expect(applyAs({})).rejects.toThrow(
      'Service blue/web does not name its owner as controller: build the metadata of web with buildOwnedMetadata',
    );
    await expect(applyAs({ namespace: 'red' })).rejects.toThrow(
      'Service red/web is not in the namespace of its owner, blue',
    );
    expect(requests).toEqual([]);
  });

  it.each<[string, Live, ApplyResult['type']]>([
    ['changed', { metadata: { annotations: { [RECORD]: 'u1/9' } }, managedFields: [] }, 'repaired'],
    ['removed', { metadata: { annotations: {} } }, 'updated'],
  ])('repairs the record of the generation when another writer has %s it', async (_case, live, type) => {
    cache(service, live);
    expect(await applyService()).toMatchObject({ type });
    expect(cachedService()).toMatchObject({ metadata: { annotations: { [RECORD]: 'u1/3' } } });
  });

  it('completes a replacement of the spec that a killed process has left without its apply', async () => {
    cache(deployment, { managedFields: [OWN_UPDATE] });
    const [result] = await applyChildren(owner(), [deployment], context);
    expect(result).toMatchObject({ type: 'repaired', fields: ['metadata.managedFields'] });
    expect(requests).toEqual(['patch deployments', 'patch deployments', 'apply deployments']);
    expect(await applyChildren(owner(), [deployment], context)).toEqual([UNCHANGED]);
  });

  it('notifies of a replacement that the watch has reported only when the apply after it has failed', async () => {
    cache(deployment, { managedFields: [OWN_UPDATE] });
    const notifications: string[] = [];
    deployment.kind.store.onChange(({ type }) => notifications.push(type));
    respond = () => {
      if (requests.at(-1) === 'patch deployments') {
        cache(deployment, { managedFields: [OWN_UPDATE] });
        return undefined;
      }
      expect(notifications).toEqual([]);
      return { code: 500 };
    };
    const [result] = await applyChildren(owner(), [deployment], context);
    expect(result).toMatchObject({ type: 'failed', error: { code: 500 } });
    expect(notifications).toEqual(['updated']);
  });
});

describe('an object that must not be written', () => {
  it.each<[string, Live, object]>([
    [
      'belongs to another controller',
      { metadata: { ownerReferences: [{ ...CONTROLLER, uid: 'u9' }] } },
      { type: 'nameConflict', controller: { ...CONTROLLER, uid: 'u9' } },
    ],
    [
      'has no controller, and not the labels of the owner',
      { metadata: { ownerReferences: [], labels: {} } },
      { type: 'nameConflict', controller: undefined },
    ],
    ['is being deleted', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, { type: 'terminating' }],
  ])('%s', async (_case, live, result) => {
    cache(service, { ...live, spec: { type: 'NodePort' } });
    expect(await applyService()).toEqual(result);
    expect(requests).toEqual([]);
  });

  it('differs in a field that cannot change, whatever else differs', async () => {
    change(deployment, { paused: true, selector: { a: 'c' } });
    const difference = { path: 'spec.selector.a', wanted: 'b', found: 'c' };
    for (const generation of [3, 4]) {
      const [result] = await applyChildren(owner(generation), [deployment], context);
      expect(result).toMatchObject({ type: 'immutable', difference });
    }
    expect(requests).toEqual([]);
  });

  it('is reported as terminating when its deletion begins while it is written', async () => {
    cache(service, { spec: { type: 'NodePort' } });
    respond = () => ({ body: received(service, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }) });
    expect(await applyService()).toEqual({ type: 'terminating' });
  });
});

describe('a write that fails', () => {
  it.each([
    ['is refused', { code: 403 }, { name: 'ApiError', code: 403 }],
    ['meets another version of the object', { code: 409 }, { name: 'ApiError', code: 409 }],
    ['has an answer that breaks off', { body: 'not JSON' }, { name: 'MalformedResponseError' }],
  ])('since it %s is the result of its object, and the others are written', async (_case, answer, error) => {
    // SAFETY: the text is an answer that is not JSON.
    respond = () => (requests.at(-1) === 'apply services' ? (answer as Answer) : undefined);
    expect(await applyAll()).toMatchObject([CREATED, { type: 'failed', error }]);
  });

  it('for an error of this process rejects, and not before the writes of the other objects have ended', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const end = Promise.withResolvers<undefined>();
    respond = () => {
      arrived.resolve(undefined);
      return end.promise;
    };
    // The lease is lost after the first write was sent.
    let asked = 0;
    mayWrite = () => {
      asked += 1;
      return asked === 1;
    };
    const order: string[] = [];
    const applying = applyAll().catch((error: unknown) => {
      order.push('rejected');
      return error;
    });
    await arrived.promise;
    await new Promise((resolve) => setImmediate(resolve));
    order.push('answered');
    end.resolve(undefined);
    expect(await applying).toBeInstanceOf(WriteFencedError);
    expect(order).toEqual(['answered', 'rejected']);
  });
});

describe('a cached owner that is older than what its objects were last written for', () => {
  beforeEach(() => {
    present = owner(4);
  });

  it('makes every result stale: the owner is read, and no object is written, repaired or created', async () => {
    change(deployment, { paused: true }, 'u1/4');
    expect(await applyAll(owner(3))).toEqual([{ type: 'stale' }, { type: 'stale' }]);
    expect(requests).toEqual(['list sites']);
  });

  it('makes every result stale after its deletion too', async () => {
    present = undefined;
    change(deployment, { paused: true }, 'u1/4');
    expect(await applyAll(owner(3))).toEqual([{ type: 'stale' }, { type: 'stale' }]);
  });

  it('makes every result failed while it cannot be read', async () => {
    respond = () => ({ code: 503 });
    change(deployment, { paused: true }, 'u1/4');
    const failed = { type: 'failed', error: { code: 503 } };
    expect(await applyAll(owner(3))).toMatchObject([failed, failed]);
    expect(requests).toEqual(['list sites']);
  });

  describe('but no older than the owner in the API server (etcd was restored)', () => {
    beforeEach(() => {
      present = owner(3);
    });

    it('has its objects written for its own generation', async () => {
      cache(service, { record: 'u1/4', spec: { type: 'NodePort' } });
      expect(await applyService(owner(3))).toEqual({ type: 'updated' });
      expect(cachedService()).toMatchObject({ metadata: { annotations: { [RECORD]: 'u1/3' } } });
    });

    it('has the record of the undone generation replaced, which is then not read again', async () => {
      cache(service, { record: 'u1/4' });
      expect(await applyService(owner(3))).toEqual({ type: 'updated' });
      expect(await applyService(owner(3))).toEqual(UNCHANGED);
      expect(requests).toEqual(['list sites', 'apply services']);
    });
  });

  it('is current again once the cache has the generation that was recorded', async () => {
    change(service, { type: 'NodePort' }, 'u1/4');
    expect(await applyService(owner(4))).toMatchObject({ type: 'repaired' });
  });

  it('is recognized by the writes of this process too', async () => {
    await applyService(owner(4));
    expect(await applyService(owner(3))).toEqual({ type: 'stale' });
  });

  it.each<[string, Live, ApplyResult['type']]>([
    ['for an earlier owner of its name', { record: 'u0/9' }, 'updated'],
    ['by another manager', { record: 'u1/9', managedFields: [ownedBy('kubectl-edit', { metadata: {} })] }, 'repaired'],
  ])('is not recognized by a generation that was recorded %s', async (_case, live, type) => {
    cache(service, { ...live, spec: { type: 'NodePort' } });
    expect(await applyService()).toMatchObject({ type });
  });
});

/** Lets another writer change the type of the Service so many times, which is repaired each time. */
async function repairType(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    change(service, { type: 'NodePort' });
    expect(await applyService()).toEqual({ type: 'repaired', fields: ['spec.type'], by: EDITOR });
  }
}

describe('a field that another writer keeps changing', () => {
  const CONTESTED = { type: 'contested', field: 'spec.type', by: EDITOR };

  beforeEach(() => {
    cache(service);
  });

  it('is repaired four times at once, and then every five seconds', async () => {
    await repairType(4);
    requests.length = 0;
    change(service, { type: 'NodePort' });
    expect(await applyService()).toEqual({ ...CONTESTED, retryAfterMs: 5000 });
    clock.advance(4999);
    expect(await applyService()).toEqual({ ...CONTESTED, retryAfterMs: 1 });
    expect(requests).toEqual([]);
    clock.advance(1);
    await applyService();
    expect(requests).toEqual(['apply services']);
    expect(cachedService()).toMatchObject({ spec: { type: 'ClusterIP' } });
  });

  it('is contested from the first repair that was delayed until 20 seconds after the last repair', async () => {
    await repairType(4);
    change(service, { type: 'NodePort' });
    await applyService();
    clock.advance(5000);
    expect(await applyService()).toEqual({ ...CONTESTED, retryAfterMs: 20_000 });
    clock.advance(19_000);
    expect(await applyService()).toEqual({ ...CONTESTED, retryAfterMs: 1000 });
    clock.advance(1000);
    expect(await applyService()).toEqual(UNCHANGED);
  });

  it('is not contested when its repairs were not delayed', async () => {
    await repairType(4);
    expect(await applyService()).toEqual(UNCHANGED);
  });

  it('is contested by another process of this manager when this manager owns its other value', async () => {
    const changed = { spec: { type: 'NodePort' } };
    for (let count = 0; count < 4; count += 1) {
      cache(service, changed);
      expect(await applyService()).toMatchObject({ type: 'updated' });
    }
    cache(service, changed);
    expect(await applyService()).toMatchObject({ type: 'contested', by: { type: 'sameManager' } });
  });

  it('delays the repair of no other field of the object', async () => {
    await repairType(4);
    change(service, { type: 'NodePort' });
    await applyService();
    change(service, { type: 'NodePort', sessionAffinity: 'ClientIP' });
    requests.length = 0;
    // The object is as desired after this, and still contested.
    expect(await applyService()).toMatchObject({ type: 'contested', field: 'spec.type' });
    expect(requests).toEqual(['apply services']);
    expect(cachedService()).toMatchObject({ spec: { type: 'ClusterIP', sessionAffinity: 'None' } });
  });

  it('delays the repair of no other object', async () => {
    cache(deployment);
    await repairType(4);
    change(service, { type: 'NodePort' });
    change(deployment, { paused: true });
    expect(await applyAll()).toMatchObject([{ type: 'repaired' }, { type: 'contested' }]);
  });

  it('is written at once for a new generation, and is contested no more', async () => {
    await repairType(4);
    change(service, { type: 'NodePort' });
    expect(await applyService()).toMatchObject({ type: 'contested' });
    expect(await applyService(owner(4))).toEqual({ type: 'updated' });
    change(service, { type: 'NodePort' }, 'u1/4');
    expect(await applyService(owner(4))).toMatchObject({ type: 'repaired' });
  });

  it('is repaired at once after any number of repairs that failed', async () => {
    change(service, { type: 'NodePort' });
    respond = () => ({ code: 500 });
    for (let count = 0; count < 9; count += 1) expect(await applyService()).toMatchObject({ type: 'failed' });
    respond = () => undefined;
    expect(await applyService()).toMatchObject({ type: 'repaired' });
  });
});

describe('of two fields that other writers keep changing', () => {
  it('the same one is reported, whichever of them is repaired or delayed', async () => {
    cache(service);
    for (const spec of [{ type: 'NodePort' }, { sessionAffinity: 'ClientIP' }]) {
      for (let count = 0; count < 5; count += 1) {
        change(service, spec);
        await applyService();
      }
    }
    change(service, { sessionAffinity: 'ClientIP' });
    const delayed = await applyService();
    cache(service);
    const asDesired = await applyService();
    expect([delayed, asDesired]).toMatchObject([
      { type: 'contested', field: 'spec.type' },
      { type: 'contested', field: 'spec.type' },
    ]);
  });
});

/** Lets the Service be deleted so many times, which is created again each time before. */
async function createAndDelete(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    expect(await applyService()).toEqual(CREATED);
    remove(service);
  }
}

describe('an object that keeps being deleted', () => {
  it('is created four times at once, and then every five seconds', async () => {
    await createAndDelete(4);
    requests.length = 0;
    const contested = { type: 'contested', field: '', by: { type: 'unknown' } };
    expect(await applyService()).toEqual({ ...contested, retryAfterMs: 5000 });
    expect(requests).toEqual([]);
    clock.advance(5000);
    expect(await applyService()).toEqual({ ...contested, retryAfterMs: 20_000 });
    expect(requests).toEqual(['apply services']);
    clock.advance(20_000);
    expect(await applyService()).toEqual(UNCHANGED);
  });

  it('has its fields repaired at once all the same', async () => {
    await createAndDelete(3);
    await applyService();
    await repairType(4);
  });

  it('is created at once after any number of creations that failed', async () => {
    respond = () => ({ code: 403 });
    for (let count = 0; count < 9; count += 1) expect(await applyService()).toMatchObject({ type: 'failed' });
    respond = () => undefined;
    expect(await applyService()).toEqual(CREATED);
  });
});

/** An admission plug-in that sets the type of every Service. */
function admit(request: ReceivedRequest): Answer {
  // SAFETY: the answer to an apply is an object with a spec.
  const object = written(request) as { spec: object };
  return { body: { ...object, spec: { ...object.spec, type: 'LoadBalancer' } } };
}

describe('an object that admission plug-ins change in every write', () => {
  const CHANGES = [{ path: 'spec.type', wanted: 'ClusterIP', found: 'LoadBalancer', steps: ['f:spec', 'f:type'] }];

  beforeEach(() => {
    respond = admit;
  });

  it('is created, and is not written again for an hour', async () => {
    expect(await applyService()).toEqual({ type: 'changedByAdmission', changes: CHANGES, retryAfterMs: HOUR_MS });
    clock.advance(1000);
    expect(await applyService()).toEqual({
      type: 'changedByAdmission',
      changes: CHANGES,
      retryAfterMs: HOUR_MS - 1000,
    });
    expect(requests).toEqual(['apply services']);
    clock.advance(HOUR_MS - 1000);
    expect(await applyService()).toEqual({ type: 'changedByAdmission', changes: CHANGES, retryAfterMs: HOUR_MS });
    expect(requests).toHaveLength(2);
  });

  it('is not written again when only its version changes', async () => {
    await applyService();
    const live = cachedService();
    if (live === undefined) throw new Error('there is no Service');
    service.kind.store.upsert(ALL, { ...live, metadata: { ...live.metadata, resourceVersion: '500' } });
    expect(await applyService()).toMatchObject({ type: 'changedByAdmission' });
    expect(requests).toHaveLength(1);
  });

  it('is written at once when the field becomes something else', async () => {
    await applyService();
    change(service, { type: 'NodePort' });
    expect(await applyService()).toMatchObject({ type: 'changedByAdmission', changes: CHANGES });
    expect(requests).toHaveLength(2);
  });

  it('is written at once when another field changes, which is all that counts as repaired', async () => {
    await applyService();
    for (let count = 0; count < 4; count += 1) {
      change(service, { type: 'LoadBalancer', sessionAffinity: 'ClientIP' });
      expect(await applyService()).toMatchObject({ type: 'changedByAdmission', changes: CHANGES });
    }
    expect(requests).toHaveLength(5);
    expect(context.limiter.waitMs(NAME, ['spec.sessionAffinity'])).toBe(5000);
    expect(context.limiter.waitMs(NAME, ['spec.type'])).toBe(0);
  });

  it('is as desired once the policy is gone and the object was written again', async () => {
    await applyService();
    respond = () => undefined;
    clock.advance(HOUR_MS);
    expect(await applyService()).toMatchObject({ type: 'updated' });
    expect(await applyService()).toEqual(UNCHANGED);
  });
});

describe('an object without a controller', () => {
  /** As after `kubectl delete --cascade=orphan`, or a restored backup. */
  const ORPHAN: Live = { record: 'u0/7', metadata: { ownerReferences: [] } };
  const FOREIGN: Live = {
    metadata: { ownerReferences: [], labels: {}, annotations: { [ADOPT]: 'web' } },
    managedFields: [ownedBy('helm', { spec: { type: 'NodePort' } })],
    spec: { type: 'NodePort' },
  };

  beforeEach(() => {
    present = owner();
  });

  it('is adopted when it carries the labels of the owner: the owner is read, then the object applied', async () => {
    cache(service, ORPHAN);
    expect(await applyService()).toEqual({ type: 'adopted' });
    expect(requests).toEqual(['list sites', 'apply services']);
    expect(cachedService()).toMatchObject({
      metadata: { ownerReferences: [CONTROLLER], annotations: { [RECORD]: 'u1/3' } },
    });
    expect(await applyService()).toEqual(UNCHANGED);
  });

  it('is adopted when its annotation consents: before the apply, its other managers give up their fields', async () => {
    const { metadata } = cache(service, FOREIGN);
    expect(await applyService()).toEqual({ type: 'adopted' });
    expect(requests).toEqual(['list sites', 'patch services', 'apply services']);
    const record = { 'f:metadata': { 'f:annotations': { [`f:${RECORD}`]: {} } } };
    const managedFields = [expect.objectContaining({ manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: record })];
    const { uid } = metadata;
    expect(bodies).toMatchObject([
      { metadata: { uid, resourceVersion: metadata.resourceVersion, managedFields } },
      { metadata: { uid, resourceVersion: String(resourceVersion - 1) }, spec: { type: 'ClusterIP' } },
    ]);
  });

  it('is not adopted when it differs in a field that cannot change', async () => {
    cache(deployment, { ...ORPHAN, spec: { selector: { a: 'c' } } });
    const [result] = await applyChildren(owner(), [deployment], context);
    expect(result).toMatchObject({ type: 'immutable' });
    expect(requests).toEqual([]);
  });

  it.each<[string, () => Owner | undefined]>([
    ['is deleted', () => undefined],
    ['is being deleted', () => owner(3, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['was replaced by another of its name', () => owner(3, { uid: 'u2' })],
    ['has another generation', () => owner(4)],
  ])('is not adopted when the owner, unknown to the cache, %s', async (_case, read) => {
    present = read();
    cache(service, ORPHAN);
    expect(await applyAll()).toEqual([CREATED, { type: 'stale' }]);
    expect(requests).not.toContain('apply services');
  });

  it('is not adopted when the owner cannot be read', async () => {
    respond = () => ({ code: 503 });
    cache(service, ORPHAN);
    expect(await applyService()).toMatchObject({ type: 'failed', error: { code: 503 } });
    expect(requests).toEqual(['list sites']);
  });

  it('is restored to the owner less and less often when its controller keeps being removed', async () => {
    for (let count = 0; count < 4; count += 1) {
      cache(service, { ...ORPHAN, record: 'u1/3' });
      expect(await applyService()).toEqual({ type: 'adopted' });
    }
    cache(service, { ...ORPHAN, record: 'u1/3' });
    expect(await applyService()).toMatchObject({ type: 'contested', field: 'metadata.ownerReferences' });
  });
});

describe('an object that the owner controls and another manager has created, as from a backup', () => {
  it('is freed of that manager before the first apply, without a read of the owner', async () => {
    const spec = { type: 'NodePort' };
    cache(service, { spec, managedFields: [ownedBy('velero', { spec })] });
    expect(await applyService()).toMatchObject({ type: 'repaired', by: { name: 'velero' } });
    expect(requests).toEqual(['patch services', 'apply services']);
  });
});

/** The patch that puts the type of a Service back. */
function patchBeforeApply(_desired: ObjectToApply, { spec }: LiveObject): MergePatch | undefined {
  return isDeepStrictEqual(spec, { ...spec, type: 'NodePort' }) ? { spec: { type: 'ClusterIP' } } : undefined;
}

describe('an object of a kind whose applies need a patch before them', () => {
  beforeEach(() => {
    service = { ...service, kind: { ...service.kind, patchBeforeApply } };
  });

  it('is repaired by the patch, and by an apply that owns the field', async () => {
    cache(service);
    change(service, { type: 'NodePort' });
    expect(await applyService()).toMatchObject({ type: 'repaired', fields: ['spec.type'] });
    expect(requests).toEqual(['patch services', 'patch services', 'apply services']);
    expect(await applyService()).toEqual(UNCHANGED);
  });

  it('records the generation that the patch was written for', async () => {
    cache(service);
    change(service, { type: 'NodePort' });
    expect(await applyService(owner(4))).toEqual({ type: 'updated' });
    expect(await applyService(owner(3))).toEqual({ type: 'stale' });
  });

  it('is contested when the patched field keeps being changed after a new generation', async () => {
    cache(service);
    const results: (string | undefined)[] = [];
    for (let count = 0; count < 6; count += 1) {
      const record = cachedService()?.metadata.annotations?.[RECORD] ?? '';
      change(service, { type: 'NodePort' }, record);
      results.push((await applyService(owner(4)))?.type);
    }
    expect(results).toEqual(['updated', 'repaired', 'repaired', 'repaired', 'repaired', 'contested']);
  });
});
