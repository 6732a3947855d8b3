import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter, exampleStatus } from '../api/example-converter.ts';
import type { ManagedFieldsEntry } from '../api/object-meta.ts';
import { buildChildren } from '../domain/children.ts';
import { FIELD_MANAGER } from '../kube/client.ts';
import { WriteFencedError } from '../kube/errors.ts';
import { type Exchange, HandDrivenServer } from '../kube/hand-driven-server.ts';
import { HandDrivenClock } from '../runtime/hand-driven-clock.ts';
import { RecordedLog } from '../runtime/recorded-log.ts';
import { type AppliedChild, type ApplyContext, applyChildren } from './apply-children.ts';
import type { ReceivedObject } from './cached-child.ts';
import { CHILD_KINDS, CHILDREN, createCaches } from './caches.ts';
import { Contests } from './contests.ts';
import { DoomedResources } from './doomed-resources.ts';

const ALL = undefined;
const NEW = exampleConverter();
/** The spec was applied before: what differs now was changed by somebody else. */
const APPLIED = exampleConverter({ status: exampleStatus('Applied') });
const DESIRED = buildChildren(NEW, { image: 'converter:1' });

let server: HandDrivenServer;
let clock: HandDrivenClock;
let log: RecordedLog;
let context: ApplyContext;
let mayWrite: () => boolean;

beforeEach(async () => {
  server = await HandDrivenServer.start();
  clock = new HandDrivenClock();
  log = new RecordedLog();
  mayWrite = () => true;
  const client = server.client({ mayWrite: () => mayWrite() });
  context = { client, caches: createCaches(), contests: new Contests(clock), doomed: new DoomedResources(clock), log };
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const apply = (resource = NEW): Promise<AppliedChild[]> => applyChildren(resource, DESIRED, context);

const OURS: ManagedFieldsEntry = { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': {} } };
const THEIRS: ManagedFieldsEntry = { manager: 'kubectl-edit', operation: 'Update' };

/** A child as the server has it, of that version. */
function live(
  kind: keyof typeof DESIRED,
  resourceVersion: number,
  spec: object = {},
  managedFields: readonly ManagedFieldsEntry[] = [THEIRS],
): ReceivedObject {
  const desired = DESIRED[kind];
  return {
    metadata: {
      ...desired.metadata,
      uid: `uid-of-${kind}`,
      resourceVersion: String(resourceVersion),
      managedFields,
    },
    spec: Object.assign({}, desired.spec, spec),
  };
}

/** Puts each child into the cache as it is desired, but for the spec of the Service. */
function haveAll(service: object = {}): void {
  for (const kind of CHILD_KINDS) {
    const child = live(kind, 1, kind === 'Service' ? service : {});
    context.caches.children[kind].upsert(ALL, CHILDREN[kind].trim(child));
  }
}

/** The next write of a Service, after those of other children, which are taken as they are. */
async function nextOfService(): Promise<Exchange> {
  for (;;) {
    const exchange = await server.next();
    if (exchange.request.path.includes('/services/')) return exchange;
    const kind = exchange.request.path.includes('/deployments/') ? 'Deployment' : 'HorizontalPodAutoscaler';
    exchange.answer(200, live(kind, 2));
  }
}

const results = (applied: readonly AppliedChild[]): object[] => applied.map(({ result }) => result);

describe('applyChildren', () => {
  it('writes nothing when all is as desired', async () => {
    haveAll();
    expect(await apply()).toEqual(CHILD_KINDS.map((kind) => ({ result: { type: 'asDesired', kind, write: 'none' } })));
    expect(server.count).toBe(0);
  });

  it('creates what is missing, all at once, and only where there is nothing of that name', async () => {
    const applying = apply();
    const exchanges = [await server.next(), await server.next(), await server.next()];
    for (const { request } of exchanges) expect(request.body).toMatchObject({ metadata: { resourceVersion: '1' } });
    for (const exchange of exchanges) {
      // SAFETY: what is applied is an object.
      const { kind } = exchange.request.body as { kind: keyof typeof DESIRED };
      exchange.answer(201, live(kind, 2));
    }
    expect(results(await applying)).toEqual(CHILD_KINDS.map((kind) => ({ type: 'asDesired', kind, write: 'created' })));
    expect(context.caches.children.Deployment.get('blue/web')).toMatchObject({ spec: DESIRED.Deployment.spec });
  });

  it.each([
    ['updates, when the spec has changed', NEW, 'updated', []],
    ['repairs, when somebody else has changed it', APPLIED, 'repaired', ['info: repairing drift']],
  ])('%s', async (_case, resource, write, messages) => {
    haveAll({ type: 'NodePort' });
    const applying = apply(resource);
    const exchange = await nextOfService();
    exchange.answer(200, live('Service', 2));
    expect(exchange.request.body).toMatchObject({ metadata: { uid: 'uid-of-Service' }, spec: { type: 'ClusterIP' } });
    expect(results(await applying)[1]).toEqual({ type: 'asDesired', kind: 'Service', write });
    expect([server.count, log.messages]).toEqual([1, messages]);
  });

  it('logs of a repair what was changed, and by whom', async () => {
    haveAll({ type: 'NodePort' });
    const applying = apply(APPLIED);
    (await nextOfService()).answer(200, live('Service', 2));
    await applying;
    expect(log.lines).toMatchObject([
      { fields: { path: 'spec.type', wanted: 'ClusterIP', found: 'NodePort', changedBy: 'kubectl-edit' } },
    ]);
  });

  it('tells what the server has against a child, what to do, and goes on with the others', async () => {
    const applying = apply();
    (await nextOfService()).refuse(403, { reason: 'Forbidden', message: 'exceeded quota: small.' });
    const [deployment, service, autoscaler] = await settleOthers(applying);
    expect([deployment, autoscaler]).toMatchObject([
      { result: { write: 'created' } },
      { result: { write: 'created' } },
    ]);
    expect(service).toMatchObject({
      result: {
        type: 'blocked',
        kind: 'Service',
        reason: 'QuotaExceeded',
        message: 'Service web: exceeded quota: small. Raise the quota or free some of it.',
      },
      failure: { reason: 'QuotaExceeded', error: { code: 403 } },
    });
  });

  it('tells of a child whose deletion began while it was written', async () => {
    haveAll({ type: 'NodePort' });
    const applying = apply();
    const written = live('Service', 3);
    const metadata = { ...written.metadata, deletionTimestamp: '2026-11-25T00:00:00Z' };
    (await nextOfService()).answer(200, { ...written, metadata });
    expect(results(await applying)[1]).toMatchObject({ type: 'blocked', reason: 'ChildTerminating' });
  });

  it('rejects with a fault of its own, but not before the writes of the other children have ended', async () => {
    haveAll();
    context.caches.children.Service.delete(ALL, CHILDREN.Service.trim(live('Service', 2)));
    context.caches.children.Deployment.delete(ALL, CHILDREN.Deployment.trim(live('Deployment', 2)));
    // The Deployment's write is on its way when the lease is lost.
    let isFirst = true;
    mayWrite = () => {
      const isAllowed = isFirst;
      isFirst = false;
      return isAllowed;
    };
    const told: string[] = [];
    const applying = apply().catch((error: unknown) => {
      told.push('rejected');
      return error;
    });
    const exchange = await server.next();
    await new Promise((resolve) => setImmediate(resolve));
    told.push('answered');
    exchange.answer(201, live('Deployment', 3));
    expect(await applying).toBeInstanceOf(WriteFencedError);
    expect(told).toEqual(['answered', 'rejected']);
  });
});

/** Lets somebody change the Service so many times, and the operator repair it each time. */
async function fight(times: number, managedFields: readonly ManagedFieldsEntry[]): Promise<void> {
  haveAll();
  for (let repairs = 1; repairs <= times; repairs += 1) {
    change(2 * repairs, managedFields);
    const applying = apply(APPLIED);
    (await nextOfService()).answer(200, live('Service', 2 * repairs + 1, {}, [OURS]));
    expect(results(await applying)[1]).toMatchObject({ write: 'repaired' });
  }
}

/** Lets somebody change the Service, who has that part in it then. */
function change(resourceVersion: number, managedFields: readonly ManagedFieldsEntry[]): void {
  const changed = live('Service', resourceVersion, { type: 'NodePort' }, managedFields);
  context.caches.children.Service.upsert(ALL, CHILDREN.Service.trim(changed));
}

describe('a child that somebody keeps changing', () => {
  const CONTESTED = {
    type: 'blocked',
    kind: 'Service',
    reason: 'Contested',
    message:
      'Service web: field manager "kubectl-edit" keeps changing spec.type, which this resource sets; the operator puts it back less and less often. Stop that writer, or set the field in the spec.',
  };

  it('is repaired at once a few times, and then less and less often', async () => {
    await fight(5, [THEIRS]);
    change(20, [THEIRS]);
    expect((await apply(APPLIED))[1]).toEqual({ revisitMs: 5000, result: CONTESTED });
    expect(server.count).toBe(5);
  });

  it('counts as contested, once a repair had to wait, until another could have been', async () => {
    await fight(5, [THEIRS]);
    change(20, [THEIRS]);
    clock.advance(5000);
    const applying = apply(APPLIED);
    (await nextOfService()).answer(200, live('Service', 21, {}, [OURS]));
    expect((await applying)[1]).toEqual({ revisitMs: 15_000, result: CONTESTED });
    clock.advance(14_000);
    expect((await apply(APPLIED))[1]).toEqual({ revisitMs: 1000, result: CONTESTED });
    clock.advance(1000);
    expect((await apply(APPLIED))[1]).toEqual({ result: { type: 'asDesired', kind: 'Service', write: 'none' } });
  });

  it('is another instance’s doing when it changes under our own name', async () => {
    await fight(5, [THEIRS, OURS]);
    change(20, [THEIRS, OURS]);
    expect((await apply(APPLIED))[1]).toMatchObject({
      result: { reason: 'Contested', message: expect.stringContaining('another instance of this operator') },
    });
  });

  it('is repaired less and less often where no status tells that its spec was applied', async () => {
    haveAll({ type: 'NodePort' });
    for (const [resourceVersion, write] of [
      [2, 'updated'],
      [4, 'repaired'],
    ] as const) {
      const applying = apply(NEW);
      (await nextOfService()).answer(200, live('Service', resourceVersion));
      expect(results(await applying)[1]).toMatchObject({ write });
      change(resourceVersion + 1, [THEIRS]);
    }
  });

  it('is written at once when the spec changes, and contested no more', async () => {
    await fight(5, [THEIRS]);
    for (let repairs = 0; repairs < 5; repairs += 1) context.contests.noteRepair('uid-of-Service');
    change(20, [THEIRS]);
    const applying = apply(NEW);
    (await nextOfService()).answer(200, live('Service', 21));
    expect(results(await applying)[1]).toMatchObject({ write: 'updated' });
    change(22, [THEIRS]);
    expect(context.contests.waitMs('uid-of-Service')).toBe(0);
  });

  it('is not written again while a webhook leaves it as it was', async () => {
    haveAll({ type: 'NodePort' });
    const applying = apply();
    (await nextOfService()).answer(200, live('Service', 2, { type: 'NodePort' }));
    const message = expect.stringContaining('such as an admission webhook');
    expect((await applying)[1]).toMatchObject({ revisitMs: 300_000, result: { reason: 'Contested', message } });
    clock.advance(100_000);
    expect((await apply())[1]).toMatchObject({ revisitMs: 200_000, result: { reason: 'Contested', message } });
    expect(server.count).toBe(1);
  });
});

describe('in a namespace that is being deleted', () => {
  const GOING = {
    revisitMs: 300_000,
    result: {
      type: 'blocked',
      kind: 'Service',
      reason: 'NamespaceTerminating',
      message: 'Nothing is created in a namespace that is being deleted.',
    },
  };

  beforeEach(async () => {
    haveAll();
    context.caches.children.Service.delete(ALL, CHILDREN.Service.trim(live('Service', 2)));
    const applying = apply();
    const details = { causes: [{ reason: 'NamespaceTerminating' }] };
    (await nextOfService()).refuse(403, { reason: 'Forbidden', message: 'no new content', details });
    expect((await applying)[1]).toEqual(GOING);
  });

  it('nothing is tried to create once that was refused', async () => {
    context.caches.children.Deployment.delete(ALL, CHILDREN.Deployment.trim(live('Deployment', 2)));
    const [deployment, service, autoscaler] = await apply();
    expect(deployment).toEqual({ ...GOING, result: { ...GOING.result, kind: 'Deployment' } });
    expect(service).toEqual(GOING);
    expect(autoscaler).toMatchObject({ result: { type: 'asDesired' } });
    expect(server.count).toBe(1);
    clock.advance(300_000);
    void apply();
    await nextOfService();
  });

  it('what is there is repaired all the same', async () => {
    const changed = live('HorizontalPodAutoscaler', 2, { maxReplicas: 9 });
    context.caches.children.HorizontalPodAutoscaler.upsert(ALL, CHILDREN.HorizontalPodAutoscaler.trim(changed));
    const applying = apply(APPLIED);
    (await server.next()).answer(200, live('HorizontalPodAutoscaler', 3));
    expect((await applying)[2]).toMatchObject({ result: { write: 'repaired' } });
  });

  it('a new resource of the name is made, in a new namespace', async () => {
    const resource = exampleConverter({ metadata: { uid: 'new' } });
    const desired = buildChildren(resource, { image: 'converter:1' });
    const applying = applyChildren(resource, desired, context);
    const { ownerReferences } = desired.Service.metadata;
    const made = live('Service', 5);
    (await nextOfService()).answer(201, { ...made, metadata: { ...made.metadata, ownerReferences } });
    expect((await applying)[1]).toMatchObject({ result: { write: 'created' } });
  });
});

/** Takes the writes of the other children as they are, until all is done. */
async function settleOthers(applying: Promise<AppliedChild[]>): Promise<AppliedChild[]> {
  void nextOfService();
  return applying;
}
