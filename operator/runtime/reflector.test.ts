import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Selection } from '../kube/list-watch.ts';
import { type Exchange, HandDrivenServer } from '../kube/hand-driven-server.ts';
import { HandDrivenClock } from './hand-driven-clock.ts';
import { ObjectStore } from './object-store.ts';
import { RecordedLog } from './recorded-log.ts';
import { Reflector } from './reflector.ts';

interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly noise?: string;
}

const ALL: Selection = { resource: { group: 'example.io', version: 'v1', plural: 'things' }, namespace: undefined };
const PATH = '/apis/example.io/v1/things';

let server: HandDrivenServer;
let clock: HandDrivenClock;
let log: RecordedLog;
let store: ObjectStore<Thing>;
let stop: AbortController;
let running: Promise<void>;
let told: string[];

beforeEach(async () => {
  server = await HandDrivenServer.start();
  clock = new HandDrivenClock();
  log = new RecordedLog();
  store = new ObjectStore();
  stop = new AbortController();
  running = Promise.resolve();
  told = [];
});

afterEach(async () => {
  stop.abort();
  await running;
  await server[Symbol.asyncDispose]();
});

/** Starts a reflector whose random numbers are all the same; with 0, each delay is half of what it can be at most. */
function start(selection = ALL, drawn = 0): Reflector<Thing> {
  const reflector = new Reflector<Thing>({
    client: server.client(),
    selection,
    store,
    trim: ({ metadata }) => ({ metadata }),
    clock,
    random: () => drawn,
    log,
    observer: {
      listed: (plural) => told.push(`list ${plural}`),
      watched: (plural) => told.push(`watch ${plural}`),
      event: (plural) => told.push(`event ${plural}`),
    },
  });
  running = reflector.run(stop.signal);
  return reflector;
}

function thing(name: string, resourceVersion: number, namespace = 'blue'): Thing {
  return { metadata: { name, namespace, uid: name, resourceVersion: String(resourceVersion) } };
}

function listOf(resourceVersion: number, items: readonly Thing[], next?: string): object {
  const metadata = { resourceVersion: String(resourceVersion), ...(next === undefined ? {} : { continue: next }) };
  return { metadata, items };
}

/** The next request, which is to be a list; on a server that does not stream, what is asked for first is refused. */
async function nextList(): Promise<Exchange> {
  const exchange = await server.next();
  if (isStream(exchange)) {
    exchange.refuse(422, { reason: 'Invalid' });
    return nextList();
  }
  expect(exchange.request.query).not.toHaveProperty('watch');
  return exchange;
}

/** The next request, which is to be a watch that begins with what there is. */
async function nextStream(): Promise<Exchange> {
  const exchange = await server.next();
  expect(isStream(exchange)).toBe(true);
  return exchange;
}

function isStream({ request }: Exchange): boolean {
  return request.query['sendInitialEvents'] === 'true';
}

/** A bookmark, which ends what there is if it is told to. */
function bookmark(resourceVersion: number, isEnd = false): object {
  const annotations = isEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { metadata: { resourceVersion: String(resourceVersion), ...annotations } };
}

/** Starts a reflector, and brings it to a watch that it began with `a` and `b` at 10, and then got a bookmark of 20. */
async function startStreaming(): Promise<Exchange> {
  const reflector = start();
  const stream = await nextStream();
  stream.begin();
  stream.writeEvent('ADDED', thing('b', 2));
  stream.writeEvent('ADDED', thing('a', 1));
  stream.writeEvent('BOOKMARK', bookmark(10, true));
  await reflector.synced;
  stream.writeEvent('BOOKMARK', bookmark(20));
  await clock.untilScheduled();
  return stream;
}

/** The next request, which is to be a watch from that resource version on. */
async function nextWatch(resourceVersion: number): Promise<Exchange> {
  const exchange = await server.next();
  expect(exchange.request.query).toMatchObject({ watch: 'true', resourceVersion: String(resourceVersion) });
  return exchange;
}

/** Starts a reflector, and brings it to a watch from 10 on, with `a` and `b` in the store. */
async function startWatching(): Promise<Exchange> {
  start();
  (await nextList()).answer(200, listOf(10, [thing('a', 1), thing('b', 2)]));
  const watch = await nextWatch(10);
  watch.begin();
  return watch;
}

/** Brings a reflector to a watch after three that ended at once. */
async function watchAfterTrouble(): Promise<Exchange> {
  (await startWatching()).end();
  await waitOut();
  for (let ends = 0; ends < 2; ends += 1) {
    (await nextWatch(10)).answer(200, '');
    await waitOut();
  }
  const watch = await nextWatch(10);
  watch.begin();
  return watch;
}

/** Lets the time pass for which the reflector wants to wait, and tells how long that was. */
async function waitOut(): Promise<number> {
  const [delayMs = 0] = await clock.untilScheduled();
  clock.advance(delayMs);
  return delayMs;
}

/** Resolves once a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when the store tells of its next change. */
function nextChange(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  store.onChange(() => resolve());
  return promise;
}

const content = (): string[] =>
  [...store.list()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();

describe('to begin with, a reflector', () => {
  it('lists page by page, and has synced once the store holds them all', async () => {
    const reflector = start();
    const first = await nextList();
    expect(first.request.path).toBe(PATH);
    first.answer(200, listOf(10, [thing('a', 1)], 'page-2'));
    const second = await nextList();
    expect(second.request.query).toMatchObject({ continue: 'page-2' });
    expect([reflector.hasSynced, content()]).toEqual([false, []]);
    second.answer(200, listOf(10, [thing('b', 2)]));
    await reflector.synced;
    expect([reflector.hasSynced, content()]).toEqual([true, ['a@1', 'b@2']]);
  });

  it.each([
    [0, '300'],
    [0.999, '599'],
  ])('watches from where the list ended, for 5 to 10 minutes (%d)', async (drawn, timeoutSeconds) => {
    start(ALL, drawn);
    (await nextList()).answer(200, listOf(10, []));
    const { request } = await nextWatch(10);
    expect(request.path).toBe(PATH);
    expect(request.query).toMatchObject({ timeoutSeconds });
  });

  it('stores only what is read of an object', async () => {
    const change = nextChange();
    start();
    (await nextList()).answer(200, listOf(10, [{ ...thing('a', 1), noise: 'x' }]));
    await change;
    expect(store.get('blue/a')).toEqual(thing('a', 1));
    const another = nextChange();
    const watch = await nextWatch(10);
    watch.begin();
    watch.writeEvent('ADDED', { ...thing('b', 11), noise: 'x' });
    await another;
    expect(store.get('blue/b')).toEqual(thing('b', 11));
  });

  it('lists and watches one namespace, and leaves the others in the store alone', async () => {
    store.upsert('green', thing('c', 3, 'green'));
    const reflector = start({ ...ALL, namespace: 'blue', labelSelector: 'a=b' });
    const list = await nextList();
    list.answer(200, listOf(10, [thing('a', 1)]));
    await reflector.synced;
    const watch = await nextWatch(10);
    for (const { request } of [list, watch]) {
      expect(request.path).toBe('/apis/example.io/v1/namespaces/blue/things');
      expect(request.query).toMatchObject({ labelSelector: 'a=b' });
    }
    expect(content()).toEqual(['a@1', 'c@3']);
  });

  it.each([
    ['an error', 500, {}, 100],
    ['a refusal of its rights', 403, {}, 100],
    ['a server that sheds load', 429, { 'retry-after': '3' }, 3000],
  ])('lists again after %s, not before the server wants it', async (_case, code, headers, delayMs) => {
    const reflector = start();
    (await nextList()).refuse(code, {}, headers);
    expect(await waitOut()).toBe(delayMs);
    (await nextList()).answer(200, listOf(10, [thing('a', 1)]));
    await reflector.synced;
    expect(log.messages).toEqual(['warn: cannot list; trying again']);
  });

  it('waits longer from failure to failure, up to half a minute', async () => {
    start();
    const delays: number[] = [];
    for (let failures = 0; failures < 10; failures += 1) {
      (await nextList()).refuse(500);
      delays.push(await waitOut());
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
  });

  it('begins a list anew whose continuation has expired', async () => {
    const reflector = start();
    (await nextList()).answer(200, listOf(10, [thing('a', 1)], 'page-2'));
    (await nextList()).refuse(410, { reason: 'Expired' });
    await waitOut();
    const again = await nextList();
    expect(again.request.query).not.toHaveProperty('continue');
    again.answer(200, listOf(12, [thing('b', 2)]));
    await reflector.synced;
    expect(content()).toEqual(['b@2']);
  });
});

describe('of a server that streams what there is, a reflector', () => {
  it('asks for it as of now, and keeps the watch for what follows', async () => {
    const reflector = start({ ...ALL, labelSelector: 'a=b' });
    const stream = await nextStream();
    expect(stream.request.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      timeoutSeconds: '300',
      labelSelector: 'a=b',
    });
    stream.begin();
    stream.writeEvent('ADDED', { ...thing('a', 1), noise: 'x' });
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    expect(store.get('blue/a')).toEqual(thing('a', 1));
    const change = nextChange();
    stream.writeEvent('ADDED', thing('b', 11));
    await change;
    expect([content(), server.count]).toEqual([['a@1', 'b@11'], 1]);
  });

  it('stores nothing before its end, then all of it, with what changed on the way', async () => {
    store.upsert(undefined, thing('old', 1));
    const reflector = start();
    const stream = await nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    stream.writeEvent('ADDED', thing('b', 2));
    stream.writeEvent('MODIFIED', thing('a', 8));
    stream.writeEvent('DELETED', thing('b', 9));
    stream.writeEvent('BOOKMARK', bookmark(7));
    await until(() => told.length === 7);
    expect([reflector.hasSynced, content()]).toEqual([false, ['old@1']]);
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    expect(content()).toEqual(['a@8']);
  });

  it('resumes the watch from the end of the stream, without another', async () => {
    const reflector = start();
    const stream = await nextStream();
    stream.begin();
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    clock.advance(5000);
    stream.end();
    expect((await nextWatch(10)).request.query).not.toHaveProperty('sendInitialEvents');
  });

  it.each<[string, (stream: Exchange) => void, number]>([
    ['is reset', (stream) => stream.reset(), 100],
    ['ends', (stream) => stream.end(), 100],
    ['tells of an error', (stream) => stream.writeEvent('ERROR', { kind: 'Status', code: 500 }), 100],
    [
      'tells that the server sheds load',
      (stream) => stream.writeEvent('ERROR', { code: 429, details: { retryAfterSeconds: 4 } }),
      4000,
    ],
  ])('lists when the stream %s before its end, and leaves the store as it was', async (_case, spoil, delayMs) => {
    store.upsert(undefined, thing('old', 1));
    const reflector = start();
    const stream = await nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    await until(() => told.length === 3);
    spoil(stream);
    await until(() => log.messages.length > 0);
    expect(await waitOut()).toBe(delayMs);
    const list = await server.next();
    expect([content(), list.request.query]).toEqual([['old@1'], { limit: '500' }]);
    list.answer(200, listOf(12, [thing('a', 11)]));
    await reflector.synced;
    expect(content()).toEqual(['a@11']);
  });

  it('lists when the stream is refused for load, not before the server wants it, and streams the next time', async () => {
    start();
    (await nextStream()).refuse(429, {}, { 'retry-after': '3' });
    await until(() => log.messages.length > 0);
    expect(await waitOut()).toBe(3000);
    const list = await server.next();
    expect(list.request.query).toEqual({ limit: '500' });
    list.refuse(503);
    await waitOut();
    await nextStream();
  });

  it.each([400, 405, 406, 415, 422])(
    'lists at once when the request is refused with %d, and from then on',
    async (code) => {
      const reflector = start();
      (await nextStream()).refuse(code);
      (await server.next()).answer(200, listOf(10, [thing('a', 1)]));
      await reflector.synced;
      (await nextWatch(10)).refuse(410);
      expect(await waitOut()).toBe(100);
      expect((await server.next()).request.query).toEqual({ limit: '500' });
      expect(log.messages).toEqual(['info: the watch failed; listing again']);
    },
  );

  it('lists when the stream pauses for half a minute: such a server does not know how to end it', async () => {
    start();
    const stream = await nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    await until(() => told.length === 3);
    expect(await clock.untilScheduled()).toEqual([30_000]);
    clock.advance(30_000);
    await stream.closed;
    expect(await waitOut()).toBe(100);
    const list = await server.next();
    expect(list.request.query).toEqual({ limit: '500' });
    list.answer(200, listOf(10, []));
    (await nextWatch(10)).refuse(410);
    await waitOut();
    expect((await server.next()).request.query).toEqual({ limit: '500' });
  });

  it('streams anew when the server has forgotten its place', async () => {
    const stream = await startStreaming();
    stream.writeEvent('ERROR', { kind: 'Status', code: 410 });
    await until(() => log.messages.length > 0);
    await waitOut();
    const again = await nextStream();
    again.begin();
    again.writeEvent('ADDED', thing('c', 28));
    const change = nextChange();
    again.writeEvent('BOOKMARK', bookmark(30, true));
    await change;
    await new Promise((resolve) => setImmediate(resolve));
    expect(content()).toEqual(['c@28']);
  });
});

describe('a watch that has got bookmarks and then is silent', () => {
  it('is resumed from the last one after two and a half minutes', async () => {
    const stream = await startStreaming();
    expect(clock.delaysMs).toEqual([150_000]);
    clock.advance(150_000);
    await stream.closed;
    expect(await waitOut()).toBe(100);
    await nextWatch(20);
    expect([content(), log.messages]).toEqual([['a@1', 'b@2'], ['info: the watch broke off; resuming']]);
  });

  it('is left alone while it tells of anything', async () => {
    const stream = await startStreaming();
    for (let minute = 1; minute <= 5; minute += 1) {
      clock.advance(149_999);
      const change = nextChange();
      stream.writeEvent('MODIFIED', thing('a', 20 + minute));
      await change;
      await until(() => clock.delaysMs[0] === 150_000);
    }
    expect(server.count).toBe(1);
  });

  it('is found out too when it is silent from its beginning', async () => {
    const stream = await startStreaming();
    clock.advance(5000);
    stream.end();
    const silent = await nextWatch(20);
    silent.begin();
    expect(await clock.untilScheduled()).toEqual([150_000]);
    clock.advance(150_000);
    await silent.closed;
  });

  it('is broken off only once where the server just sends no more bookmarks', async () => {
    const stream = await startStreaming();
    clock.advance(150_000);
    await stream.closed;
    await waitOut();
    const quiet = await nextWatch(20);
    quiet.begin();
    const change = nextChange();
    quiet.writeEvent('MODIFIED', thing('a', 21));
    await change;
    expect(clock.delaysMs).toEqual([]);
  });
});

describe('a quiet watch', () => {
  it('of a server that has sent no bookmark is left alone', async () => {
    const watch = await startWatching();
    const change = nextChange();
    watch.writeEvent('MODIFIED', thing('a', 20));
    await change;
    expect(clock.delaysMs).toEqual([]);
    clock.advance(600_000);
    expect(server.count).toBe(3);
  });

  it('is left alone where the only bookmark was that of the end of the stream', async () => {
    const reflector = start();
    const stream = await nextStream();
    stream.begin();
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    const change = nextChange();
    stream.writeEvent('ADDED', thing('a', 11));
    await change;
    expect(clock.delaysMs).toEqual([]);
  });
});

describe('while it watches, a reflector', () => {
  it('follows each event', async () => {
    const watch = await startWatching();
    watch.writeEvent('ADDED', thing('c', 11));
    watch.writeEvent('MODIFIED', thing('a', 12));
    watch.writeEvent('DELETED', thing('b', 13));
    clock.advance(300_000);
    watch.end();
    await nextWatch(13);
    expect(content()).toEqual(['a@12', 'c@11']);
  });

  it('goes on at once from the last event when the server ends the watch, without a list', async () => {
    let watch = await startWatching();
    for (const resourceVersion of [20, 30, 40]) {
      watch.writeEvent('MODIFIED', thing('a', resourceVersion));
      clock.advance(5000);
      watch.end();
      watch = await nextWatch(resourceVersion);
      watch.begin();
    }
    expect([server.count, clock.delaysMs, log.messages]).toEqual([6, [], []]);
  });

  it('goes on from a bookmark', async () => {
    const watch = await startWatching();
    watch.writeEvent('BOOKMARK', { metadata: { resourceVersion: '50' } });
    clock.advance(5000);
    watch.end();
    await nextWatch(50);
    expect(content()).toEqual(['a@1', 'b@2']);
    // The store knows how far it was followed too: an answer from before that is old.
    await store.write('/c', () => Promise.resolve(thing('c', 49)));
    expect(content()).toEqual(['a@1', 'b@2']);
  });

  it.each([
    ['is reset', (watch: Exchange) => watch.reset()],
    ['ends in the middle of an event', (watch: Exchange) => void watch.write('{"type":"MOD').then(() => watch.end())],
    ['cannot be read', (watch: Exchange) => void watch.write('what\n').then(() => watch.end())],
  ])('goes on from the last event when the watch %s', async (_case, breakOff) => {
    const watch = await startWatching();
    const change = nextChange();
    watch.writeEvent('MODIFIED', thing('a', 20));
    await change;
    breakOff(watch);
    expect(await waitOut()).toBe(100);
    await nextWatch(20);
    expect(log.messages).toEqual(['info: the watch broke off; resuming']);
  });

  it.each([
    ['500', 500, {}, 100],
    ['503', 503, {}, 100],
    ['503 with Retry-After', 503, { 'retry-after': '5' }, 5000],
    ['504', 504, {}, 100],
    ['429', 429, {}, 100],
    ['429 with Retry-After', 429, { 'retry-after': '2' }, 2000],
    ['401, until there is another token', 401, {}, 100],
    ['403, until there is another role', 403, {}, 100],
    ['408', 408, {}, 100],
  ])(
    'waits and goes on from the last event when a watch is answered with %s',
    async (_case, code, headers, delayMs) => {
      start();
      (await nextList()).answer(200, listOf(10, [thing('a', 1)]));
      (await nextWatch(10)).refuse(code, {}, headers);
      expect(await waitOut()).toBe(delayMs);
      await nextWatch(10);
      expect(server.count).toBe(4);
    },
  );

  it('warns when it may not watch any more', async () => {
    start();
    (await nextList()).answer(200, listOf(10, [thing('a', 1)]));
    (await nextWatch(10)).refuse(403);
    await waitOut();
    expect(log.messages).toEqual(['warn: may not watch; trying again']);
  });

  it.each([
    ['410: that point is forgotten', 410, { reason: 'Expired' }],
    ['400: the request is wrong', 400, { reason: 'BadRequest' }],
    ['404: the resource is not there', 404, { reason: 'NotFound' }],
    [
      '504: that point is not known yet',
      504,
      { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    ],
  ])('lists again when a watch is answered with %s', async (_case, code, status) => {
    start();
    (await nextList()).answer(200, listOf(10, [thing('a', 1)]));
    (await nextWatch(10)).refuse(code, status);
    expect(await waitOut()).toBe(100);
    (await nextList()).answer(200, listOf(30, [thing('b', 25)]));
    await nextWatch(30);
    expect(content()).toEqual(['b@25']);
    expect(log.messages).toEqual(['info: the watch failed; listing again']);
  });

  it.each([410, 429, 500, 503])('lists again after an ERROR event of code %d', async (code) => {
    const watch = await startWatching();
    watch.writeEvent('MODIFIED', thing('a', 20));
    watch.writeEvent('ERROR', { kind: 'Status', code });
    await waitOut();
    (await nextList()).answer(200, listOf(30, [thing('a', 25)]));
    await nextWatch(30);
    expect(content()).toEqual(['a@25']);
  });

  it('waits longer each time when lists succeed but each watch fails', async () => {
    start();
    const delays: number[] = [];
    for (let failures = 0; failures < 4; failures += 1) {
      (await nextList()).answer(200, listOf(10, [thing('a', 1)]));
      (await nextWatch(10)).refuse(410);
      delays.push(await waitOut());
    }
    expect(delays).toEqual([100, 200, 400, 800]);
  });

  it('does not hammer a server that ends each watch at once', async () => {
    let watch = await startWatching();
    const delays: number[] = [];
    for (let ends = 0; ends < 9; ends += 1) {
      watch.end();
      delays.push(await waitOut());
      watch = await nextWatch(10);
      watch.begin();
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000]);
  });

  it('takes an event for a sign that the trouble is over', async () => {
    const watch = await watchAfterTrouble();
    watch.writeEvent('MODIFIED', thing('a', 20));
    watch.end();
    expect(await waitOut()).toBe(100);
  });

  it('takes a watch that lasts five seconds for a sign that the trouble is over', async () => {
    const watch = await watchAfterTrouble();
    clock.advance(5000);
    watch.end();
    (await nextWatch(10)).answer(200, '');
    expect(await waitOut()).toBe(100);
  });

  it('tells its observer of each list, watch and event', async () => {
    const watch = await startWatching();
    watch.writeEvent('MODIFIED', thing('a', 20));
    watch.writeEvent('BOOKMARK', { metadata: { resourceVersion: '50' } });
    clock.advance(5000);
    watch.end();
    await nextWatch(50);
    const stream = ['list things', 'watch things'];
    expect(told).toEqual([...stream, 'list things', 'watch things', 'event things', 'event things', 'watch things']);
  });
});

describe('told to stop, a reflector ends', () => {
  it('in the middle of a list', async () => {
    const reflector = start();
    const list = await nextList();
    stop.abort();
    await running;
    await list.closed;
    expect([reflector.hasSynced, log.messages]).toEqual([false, []]);
  });

  it('in the middle of a watch', async () => {
    const watch = await startWatching();
    stop.abort();
    await running;
    await watch.closed;
    expect(log.messages).toEqual([]);
  });

  it('while it waits', async () => {
    start();
    (await nextList()).refuse(500);
    await clock.untilScheduled();
    stop.abort();
    await running;
    expect([clock.delaysMs, server.count]).toEqual([[], 2]);
  });

  it('before it has begun', async () => {
    stop.abort();
    start();
    await running;
    expect(server.count).toBe(0);
  });
});
