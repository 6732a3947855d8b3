import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cache } from '../cache/cache.ts';
import { controllerMetrics, createManagerMetrics } from '../metrics/metrics.ts';
import type { KubernetesObject, ObjectMetadata } from '../object/object.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedLog } from '../testing/recorded-log.ts';
import { Controller, type Request, watch } from './controller.ts';

interface Thing extends KubernetesObject {
  readonly spec?: object;
}

const ALL = undefined;
const CONTROLLER = { apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid: 'u1', controller: true };

let sites: Cache<Thing>;
let services: Cache<Thing>;
let pods: Cache<Thing>;
let requests: Request<Thing>[];
let forgotten: string[];
let log: RecordedLog;
let fail: () => void;
let controller: Controller<Thing>;
let running: Promise<void>;
let openNamespaces: (namespace: string) => boolean;

beforeEach(() => {
  sites = cacheOf('sites');
  services = cacheOf('services');
  pods = cacheOf('pods');
  requests = [];
  forgotten = [];
  log = new RecordedLog();
  fail = () => undefined;
  openNamespaces = () => true;
  controller = new Controller<Thing>(
    {
      name: 'site',
      kind: 'Site',
      for: sites,
      owns: [services],
      watches: [watch(pods, ({ metadata }) => keysOfSite(metadata.labels?.['site']))],
      reconcile: async (request) => {
        requests.push(request);
        fail();
        return Promise.resolve({ type: 'done' });
      },
      errorPolicy: () => ({ initialMs: 1000, maximumMs: 1000 }),
      forget: (key) => forgotten.push(key),
    },
    {
      clock: new FakeClock(),
      random: () => 0,
      log,
      metrics: controllerMetrics(createManagerMetrics(), 'site'),
      gate: { isOpen: (namespace) => openNamespaces(namespace) },
    },
  );
  running = controller.run();
});

afterEach(async () => {
  controller.shutDown();
  await running;
});

function keysOfSite(site: string | undefined): string | string[] | undefined {
  if (site === 'invalid') throw new Error('no such site');
  return site === 'several' ? ['blue/other', 'blue/web'] : site;
}

function cacheOf(plural: string): Cache<Thing> {
  return new Cache<Thing>({ group: '', version: 'v1', plural });
}

function thing(resourceVersion: number, more: Partial<ObjectMetadata> = {}, spec: object = {}): Thing {
  const metadata = { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: String(resourceVersion), ...more };
  return { metadata, spec };
}

/** The causes of the reconciles since the last look, once all that is enqueued is done. */
async function causes(): Promise<[string, string[]][]> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  log.lines.splice(0);
  return requests.splice(0).map(({ key, log: lines }) => {
    lines.info({}, 'probe');
    return [key, Object(log.lines.at(-1)?.fields).causes];
  });
}

describe('a controller reconciles', () => {
  it.each<[string, () => void | Promise<void>, string]>([
    ['an object that is added', () => undefined, 'sites added'],
    ['an object whose spec changes', () => sites.upsert(ALL, thing(2, {}, { a: 1 })), 'sites updated'],
    ['an object that gets a label', () => sites.upsert(ALL, thing(2, { labels: { a: 'b' } })), 'sites updated'],
    [
      'the owner of an object that is added',
      () => services.upsert(ALL, thing(2, { name: 'web-1', ownerReferences: [CONTROLLER] })),
      'services added',
    ],
    [
      'the former owner of an object that loses its owner reference',
      async () => {
        services.upsert(ALL, thing(2, { name: 'web-1', ownerReferences: [CONTROLLER] }));
        await causes();
        services.upsert(ALL, thing(3, { name: 'web-1' }));
      },
      'services updated',
    ],
    [
      'the one that a watched object no longer belongs to',
      async () => {
        pods.upsert(ALL, thing(2, { name: 'web-7', labels: { site: 'blue/web' } }));
        await causes();
        pods.upsert(ALL, thing(3, { name: 'web-7', labels: { site: 'blue/other' } }));
      },
      'pods updated',
    ],
    ['each of several keys', () => pods.upsert(ALL, thing(2, { labels: { site: 'several' } })), 'pods added'],
    ['the one whose name another object has', () => services.upsert(ALL, thing(2)), 'services added'],
    [
      'the key of a watched object',
      () => pods.upsert(ALL, thing(2, { name: 'web-7', labels: { site: 'blue/web' } })),
      'pods added',
    ],
  ])('%s', async (_case, change, cause) => {
    sites.upsert(ALL, thing(1));
    if (cause !== 'sites added') await causes();
    await change();
    expect(await causes()).toEqual([['blue/web', [cause]]]);
  });

  it.each<[string, () => void]>([
    ['for an update that changes nothing that is cached', () => sites.upsert(ALL, thing(2))],
    ['for an object of an owner that is not cached', () => services.upsert(ALL, thing(2, { name: 'other' }))],
    [
      'for an object that another kind controls',
      () => services.upsert(ALL, thing(2, { name: 'x', ownerReferences: [{ ...CONTROLLER, kind: 'Other' }] })),
    ],
    ['for a watched object without a key', () => pods.upsert(ALL, thing(2, { name: 'web-7' }))],
  ])('nothing %s', async (_case, change) => {
    sites.upsert(ALL, thing(1));
    await causes();
    change();
    expect(await causes()).toEqual([]);
  });

  it('nothing in a namespace until its caches have synced, then every object in it', async () => {
    openNamespaces = () => false;
    sites.upsert(ALL, thing(1));
    sites.upsert(ALL, thing(2, { name: 'other', namespace: 'red' }));
    expect(await causes()).toEqual([]);
    expect(controller.enqueueAll('blue')).toBe(1);
    expect(await causes()).toEqual([['blue/web', ['caches synced']]]);
    expect(controller.enqueueAll(undefined)).toBe(2);
  });

  it('no deleted object, and forgets it', async () => {
    sites.upsert(ALL, thing(1));
    await causes();
    sites.delete(ALL, thing(2));
    expect(await causes()).toEqual([]);
    expect(forgotten).toEqual(['blue/web']);
  });
});

it('a failed reconcile is logged with its retry delay, and counted', async () => {
  fail = () => {
    throw new Error('failed');
  };
  sites.upsert(ALL, thing(1));
  expect(await causes()).toHaveLength(1);
  sites.upsert(ALL, thing(2, {}, { a: 1 }));
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(requests.map(({ failures }) => failures)).toEqual([1]);
  expect(log.lines).toContainEqual({
    level: 'warn',
    message: 'reconcile failed; retrying',
    fields: expect.objectContaining({ namespace: 'blue', name: 'web', retryInMs: 500, error: new Error('failed') }),
  });
});

it('a change whose key cannot be computed is logged, and does not affect others', async () => {
  sites.upsert(ALL, thing(1));
  await causes();
  pods.upsert(ALL, thing(2, { name: 'web-7', labels: { site: 'invalid' } }));
  expect(log.lines).toContainEqual({
    level: 'error',
    message: 'cannot compute the key to reconcile; ignoring a change',
    fields: { controller: 'site', resource: 'pods', error: new Error('no such site') },
  });
  pods.upsert(ALL, thing(3, { name: 'web-8', labels: { site: 'blue/web' } }));
  expect(await causes()).toEqual([['blue/web', ['pods added']]]);
});

it('objects of another kind than the controller is set up for are an error', async () => {
  sites.upsert(ALL, Object.assign(thing(1), { kind: 'Page' }));
  expect(await causes()).toEqual([]);
  sites.upsert(ALL, Object.assign(thing(2, {}, { a: 1 }), { kind: 'Page' }));
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(log.lines.at(-1)?.fields).toMatchObject({
    error: new Error('controller site is set up for kind Site, but its cache holds objects of kind Page'),
  });
});
