import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeServer } from '../testing/fake-server.ts';
import { listPages, type Selection, type WatchEvent, watchEvents } from './list-watch.ts';
import type { KubernetesObject, ObjectList } from '../object/object.ts';

const SELECTION: Selection = {
  resource: { group: 'apps', version: 'v1', plural: 'deployments' },
  namespace: undefined,
};
const NARROW: Selection = { ...SELECTION, namespace: 'blue', labelSelector: 'a=b,c in (d, e)' };
const FROM = { resourceVersion: '100', timeoutSeconds: 300 };

let server: FakeServer;
let stop: AbortController;

beforeEach(async () => {
  server = await FakeServer.start();
  stop = new AbortController();
});

afterEach(async () => {
  jest.useRealTimers();
  stop.abort();
  await server[Symbol.asyncDispose]();
});

function named(name: string, resourceVersion = '1'): KubernetesObject {
  return { metadata: { name, namespace: 'blue', uid: name, resourceVersion } };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function list(selection = SELECTION): AsyncGenerator<ObjectList<KubernetesObject>> {
  return listPages(server.client(), selection, stop.signal);
}

function watch(selection = SELECTION): AsyncGenerator<WatchEvent<KubernetesObject>> {
  return watchEvents(server.client(), selection, FROM, stop.signal);
}

describe('listPages', () => {
  it('asks for what is selected, page by page, and gives each page', async () => {
    const pages = collect(list());
    const first = await server.next();
    const page = { metadata: { resourceVersion: '7', continue: 'next/page=' }, items: [named('a')] };
    first.answer(200, page);
    const second = await server.next();
    const last = { metadata: { resourceVersion: '7' }, items: [named('b')] };
    second.answer(200, last);
    expect(await pages).toEqual([page, last]);
    expect(first.request).toMatchObject({ method: 'GET', path: '/apis/apps/v1/deployments', query: { limit: '500' } });
    expect(second.request.query).toEqual({ limit: '500', continue: 'next/page=' });
    expect(server.count).toBe(2);
  });

  it('takes an empty continuation for the end, as the API server writes it', async () => {
    const pages = collect(list());
    (await server.next()).answer(200, { metadata: { resourceVersion: '7', continue: '' }, items: [] });
    expect(await pages).toHaveLength(1);
    expect(server.count).toBe(1);
  });

  it('asks in one namespace and by labels on every page', async () => {
    const pages = collect(list(NARROW));
    const first = await server.next();
    first.answer(200, { metadata: { resourceVersion: '7', continue: 'x' }, items: [] });
    const second = await server.next();
    second.answer(200, { metadata: { resourceVersion: '7' }, items: [] });
    await pages;
    for (const { request } of [first, second]) {
      expect(request.path).toBe('/apis/apps/v1/namespaces/blue/deployments');
      expect(request.query).toMatchObject({ labelSelector: 'a=b,c in (d, e)' });
    }
  });

  it('rejects with a 410 when the continuation has expired', async () => {
    const pages = collect(list());
    (await server.next()).answer(200, { metadata: { resourceVersion: '7', continue: 'x' }, items: [] });
    (await server.next()).refuse(410, { reason: 'Expired' });
    await expect(pages).rejects.toMatchObject({ name: 'ApiError', code: 410 });
  });
});

describe('watchEvents', () => {
  it('asks for changes since a resource version, with bookmarks and an end', async () => {
    const events = collect(watch(NARROW));
    const exchange = await server.next();
    exchange.begin();
    exchange.end();
    await events;
    expect(exchange.request).toMatchObject({ method: 'GET', path: '/apis/apps/v1/namespaces/blue/deployments' });
    expect(exchange.request.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '100',
      timeoutSeconds: '300',
      labelSelector: 'a=b,c in (d, e)',
    });
  });

  it('asks for what there is first where no resource version is given, and tells where that ends', async () => {
    const events = collect(
      watchEvents(server.client(), SELECTION, { resourceVersion: undefined, timeoutSeconds: 300 }, stop.signal),
    );
    const exchange = await server.next();
    exchange.begin();
    const end = { metadata: { resourceVersion: '110', annotations: { 'k8s.io/initial-events-end': 'true' } } };
    exchange.writeEvent('BOOKMARK', end);
    exchange.end();
    expect(await events).toEqual([{ type: 'BOOKMARK', object: end, endsInitialEvents: true }]);
    expect(exchange.request.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      timeoutSeconds: '300',
    });
  });

  it('gives each event as it comes, and ends with the stream', async () => {
    const events = watch();
    const first = events.next();
    const exchange = await server.next();
    exchange.begin();
    exchange.writeEvent('ADDED', named('a', '101'));
    expect(await first).toEqual({ done: false, value: { type: 'ADDED', object: named('a', '101') } });
    exchange.writeEvent('MODIFIED', named('a', '102'));
    exchange.writeEvent('DELETED', named('a', '103'));
    exchange.writeEvent('BOOKMARK', { metadata: { resourceVersion: '110' } });
    exchange.end();
    expect(await collect(events)).toEqual([
      { type: 'MODIFIED', object: named('a', '102') },
      { type: 'DELETED', object: named('a', '103') },
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: '110' } } },
    ]);
  });

  it('puts events together from whatever pieces they come in, characters too', async () => {
    const events = collect(watch());
    const exchange = await server.next();
    exchange.begin();
    const object = { ...named('a', '101'), text: 'Zürich, 東京, 🌡' };
    const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    for (const byte of Buffer.concat([line, Buffer.from('\n'), line])) await exchange.write(Buffer.of(byte));
    exchange.end();
    expect(await events).toEqual([
      { type: 'ADDED', object },
      { type: 'ADDED', object },
    ]);
  });

  it.each([
    ['410, which says that the point is forgotten', { code: 410, reason: 'Expired' }, { code: 410, reason: 'Expired' }],
    ['500', { code: 500, reason: 'InternalError', message: 'etcd' }, { code: 500, reason: 'InternalError' }],
    ['429', { code: 429, details: { retryAfterSeconds: 3 } }, { code: 429, retryAfterMs: 3000 }],
    ['no code', { message: 'what now' }, { code: 500, reason: '' }],
  ])('rejects with a WatchError after an ERROR event of %s', async (_case, status, expected) => {
    const events = watch();
    const first = events.next();
    const exchange = await server.next();
    exchange.begin();
    exchange.writeEvent('ADDED', named('a', '101'));
    exchange.writeEvent('ERROR', status);
    expect(await first).toMatchObject({ value: { type: 'ADDED' } });
    await expect(events.next()).rejects.toMatchObject({ name: 'WatchError', ...expected });
    await exchange.closed;
  });

  it('rejects with what the server answers instead', async () => {
    const events = collect(watch());
    (await server.next()).refuse(429, { reason: 'TooManyRequests' }, { 'retry-after': '2' });
    await expect(events).rejects.toMatchObject({ name: 'ApiError', code: 429, retryAfterMs: 2000 });
  });

  it.each([
    [
      'the end of the stream in the middle of an event',
      '{"type":"ADDED","obj',
      'ConnectionError',
      'middle of an event',
    ],
    ['a line that is no JSON', 'gateway time-out\n', 'MalformedResponseError', 'cannot parse the response'],
    ['a line that is no event', 'null\n', 'MalformedResponseError', 'cannot parse the response'],
    ['an event that nobody knows', '{"type":"MOVED","object":{}}\n', 'MalformedResponseError', '"MOVED"'],
  ])('rejects after %s', async (_case, text, name, message) => {
    const events = collect(watch());
    const exchange = await server.next();
    exchange.begin();
    await exchange.write(text);
    exchange.end();
    await expect(events).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it('rejects with a ConnectionError when the connection breaks off', async () => {
    const events = collect(watch());
    const exchange = await server.next();
    exchange.begin();
    exchange.writeEvent('ADDED', named('a', '101'));
    await exchange.write('{"type":');
    exchange.reset();
    await expect(events).rejects.toMatchObject({ name: 'ConnectionError', message: expect.stringContaining('WATCH') });
  });

  it('closes the connection when nobody reads on', async () => {
    const events = watch();
    const first = events.next();
    const exchange = await server.next();
    exchange.begin();
    exchange.writeEvent('ADDED', named('a', '101'));
    await first;
    await events.return(undefined);
    await exchange.closed;
  });

  it('closes the connection when the signal fires', async () => {
    const events = collect(watch());
    const exchange = await server.next();
    exchange.begin();
    stop.abort();
    await expect(events).rejects.toMatchObject({ name: 'ConnectionError' });
    await exchange.closed;
  });

  it('closes idle connections too when the signal fires, since they may be as dead as its own', async () => {
    const client = server.keepAliveClient();
    const events = collect(watchEvents(client, SELECTION, FROM, stop.signal));
    (await server.next()).begin();
    const other = client.send({ method: 'GET', path: '/x' });
    const idle = await server.next();
    idle.answer(200, {});
    await other;
    stop.abort();
    await expect(events).rejects.toMatchObject({ name: 'ConnectionError' });
    await idle.disconnected;
  });

  describe('by its own clock', () => {
    beforeEach(() => {
      // The connection itself needs the others.
      jest.useFakeTimers({
        doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'Date', 'performance'],
      });
    });

    it('gives up a server that does not answer within half a minute', async () => {
      const events = collect(watch());
      const exchange = await server.next();
      jest.advanceTimersByTime(30_000);
      await expect(events).rejects.toMatchObject({
        name: 'ConnectionError',
        message: expect.stringContaining('no response in time'),
      });
      await exchange.closed;
    });

    it('leaves no timer behind', async () => {
      const events = collect(watch());
      const exchange = await server.next();
      exchange.begin();
      exchange.end();
      await events;
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
