import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import type { ManagedFieldsEntry } from '../api/object-meta.ts';
import { buildChildren, type DesiredChild } from '../domain/children.ts';
import { FIELD_MANAGER } from '../kube/client.ts';
import { type Exchange, HandDrivenServer } from '../kube/hand-driven-server.ts';
import type { CachedChild, ReceivedObject } from './cached-child.ts';
import { CHILDREN, createCaches } from './caches.ts';
import { firstDifference } from './plan-child.ts';
import { createChild, type WriteContext, writeOver } from './write-child.ts';

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const ALL = undefined;
const { Service: SERVICE, Deployment: DEPLOYMENT } = buildChildren(exampleConverter(), { image: 'converter:1' });
const UID = 'uid-of-web';
const OWN_APPLY: ManagedFieldsEntry = { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': {} } };
/** What a write of ours that was no apply leaves in the managed fields. */
const OWN_UPDATE: ManagedFieldsEntry = { manager: FIELD_MANAGER, operation: 'Update' };
const THEIRS: ManagedFieldsEntry = { manager: 'kubectl-edit', operation: 'Update' };

interface State {
  readonly spec?: object;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

let server: HandDrivenServer;
let context: WriteContext;
let woken: string[];

beforeEach(async () => {
  server = await HandDrivenServer.start();
  context = { client: server.client(), caches: createCaches() };
  woken = [];
  for (const { kind } of [SERVICE, DEPLOYMENT]) {
    context.caches.children[kind].onChange(({ type, object }) => {
      woken.push(`${type} @${object.metadata.resourceVersion}`);
    });
  }
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** A child as the server has it, of that version. */
function received(
  desired: DesiredChild,
  version: number,
  { spec = {}, managedFields = [OWN_APPLY] }: State = {},
): ReceivedObject {
  const metadata = { ...desired.metadata, uid: UID, resourceVersion: String(version), managedFields };
  return { metadata, spec: Object.assign({}, desired.spec, spec) };
}

/** The same, as it is kept. */
function trimmed(desired: DesiredChild, version: number, state?: State): CachedChild {
  return CHILDREN[desired.kind].trim(received(desired, version, state));
}

/** Lets the watch tell of a child. */
function tell(desired: DesiredChild, version: number, state?: State): CachedChild {
  const child = trimmed(desired, version, state);
  context.caches.children[desired.kind].upsert(ALL, child);
  return child;
}

/** A child that the watch told of before. */
function known(desired: DesiredChild, version: number, state?: State): CachedChild {
  const child = tell(desired, version, state);
  woken = [];
  return child;
}

/** The next write, which is to be of that type. */
async function next(contentType: string): Promise<Exchange> {
  const exchange = await server.next();
  expect(exchange.request.headers['content-type']).toBe(contentType);
  return exchange;
}

/** What the next reconcile finds. */
const cached = ({ kind }: DesiredChild): CachedChild | undefined => context.caches.children[kind].get('blue/web');

it('createChild creates only where there is nothing of the name; the answer is known before the watch tells', async () => {
  const creating = createChild(SERVICE, context);
  const exchange = await next(APPLY);
  expect(exchange.request.body).toEqual({ ...SERVICE, metadata: { ...SERVICE.metadata, resourceVersion: '1' } });
  exchange.answer(201, received(SERVICE, 2));
  expect(await creating).toEqual(trimmed(SERVICE, 2));
  expect([cached(SERVICE), woken]).toEqual([await creating, []]);
});

describe('writeOver', () => {
  it('applies over the object that it was compared with, and no other of the name', async () => {
    const writing = writeOver(SERVICE, known(SERVICE, 1, { spec: { type: 'NodePort' } }), context);
    const exchange = await next(APPLY);
    expect(exchange.request.body).toEqual({ ...SERVICE, metadata: { ...SERVICE.metadata, uid: UID } });
    exchange.answer(200, received(SERVICE, 2));
    expect(await writing).toEqual(trimmed(SERVICE, 2));
    expect([cached(SERVICE), woken]).toEqual([await writing, []]);
  });

  it('puts a renumbered port back by one patch', async () => {
    const ports = [{ name: 'http', port: 8080, protocol: 'TCP', targetPort: 'http' }];
    const writing = writeOver(SERVICE, known(SERVICE, 1, { spec: { ports } }), context);
    const exchange = await next(MERGE);
    expect(exchange.request.body).toMatchObject({ spec: { ports: SERVICE.spec.ports } });
    exchange.answer(200, received(SERVICE, 2));
    await writing;
    expect(server.count).toBe(1);
  });

  it('applies after that what else differs, over what the patch no longer owns', async () => {
    const ports = [{ name: 'http', port: 8080, protocol: 'TCP', targetPort: 'http' }];
    const writing = writeOver(SERVICE, known(SERVICE, 1, { spec: { ports, type: 'NodePort' } }), context);
    const left = { spec: { type: 'NodePort' }, managedFields: [OWN_APPLY, OWN_UPDATE] };
    (await next(MERGE)).answer(200, received(SERVICE, 2, left));
    const reclaim = await next(MERGE);
    expect(reclaim.request.body).toEqual({ metadata: { uid: UID, resourceVersion: '2', managedFields: [OWN_APPLY] } });
    reclaim.answer(200, received(SERVICE, 3, { spec: { type: 'NodePort' } }));
    (await next(APPLY)).answer(200, received(SERVICE, 4));
    expect(await writing).toEqual(trimmed(SERVICE, 4));
  });

  it('replaces where the outcome of an apply is invalid, and makes all of it its own by another apply', async () => {
    const writing = writeOver(SERVICE, known(SERVICE, 1, { spec: { type: 'NodePort' } }), context);
    (await next(APPLY)).refuse(422, { reason: 'Invalid', details: { causes: [{ field: 'spec.x' }] } });
    const replacement = await next(MERGE);
    expect(replacement.request.body).toEqual({ metadata: { uid: UID }, spec: SERVICE.spec });
    replacement.answer(200, received(SERVICE, 2, { managedFields: [THEIRS, OWN_UPDATE] }));
    const reclaim = await next(MERGE);
    expect(reclaim.request.body).toEqual({ metadata: { uid: UID, resourceVersion: '2', managedFields: [THEIRS] } });
    reclaim.answer(200, received(SERVICE, 3));
    (await next(APPLY)).answer(200, received(SERVICE, 4));
    expect(await writing).toEqual(trimmed(SERVICE, 4));
  });

  it('goes on with a replacement that was left in its middle', async () => {
    const live = known(DEPLOYMENT, 1, { managedFields: [OWN_UPDATE] });
    const writing = writeOver(DEPLOYMENT, live, context);
    (await next(MERGE)).answer(200, received(DEPLOYMENT, 2, { managedFields: [OWN_UPDATE] }));
    (await next(MERGE)).answer(200, received(DEPLOYMENT, 3));
    const last = await next(APPLY);
    // The watch is faster than the last answer: it tells nothing new.
    for (const version of [2, 3, 4]) tell(DEPLOYMENT, version);
    last.answer(200, received(DEPLOYMENT, 4));
    expect(await writing).toEqual(trimmed(DEPLOYMENT, 4));
    expect([cached(DEPLOYMENT), woken]).toEqual([await writing, []]);
    expect(firstDifference(DEPLOYMENT, await writing)).toBeUndefined();
  });

  it('lets it be known what the watch told of a replacement, when the apply after it fails', async () => {
    const writing = writeOver(DEPLOYMENT, known(DEPLOYMENT, 1, { managedFields: [OWN_UPDATE] }), context);
    (await next(MERGE)).answer(200, received(DEPLOYMENT, 2, { managedFields: [OWN_UPDATE] }));
    tell(DEPLOYMENT, 2, { managedFields: [OWN_UPDATE] });
    (await next(MERGE)).answer(200, received(DEPLOYMENT, 3));
    const last = await next(APPLY);
    expect(woken).toEqual([]);
    last.refuse(500);
    await expect(writing).rejects.toMatchObject({ code: 500 });
    expect(woken).toEqual(['updated @2']);
  });
});
