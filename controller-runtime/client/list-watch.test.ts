import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeServer } from '../testing/fake-server.ts';
import { listPages, readCurrentVersion, type Selection, type WatchEvent, watchEvents } from './list-watch.ts';
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
  it('lists in pages and yields each page', async () => {
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

  it('stops at an empty continue token', async () => {
    const pages = collect(list());
    (await server.next()).answer(200, { metadata: { resourceVersion: '7', continue: '' }, items: [] });
    expect(await pages).toHaveLength(1);
    expect(server.count).toBe(1);
  });

  it('sends the namespace and the label selector with every page', async () => {
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

  it('rejects with a 410 when the continue token has expired', async () => {
    const pages = collect(list());
    (await server.next()).answer(200, { metadata: { resourceVersion: '7', continue: 'x' }, items: [] });
    (await server.next()).refuse(410, { reason: 'Expired' });
    await expect(pages).rejects.toMatchObject({ name: 'ApiError', code: 410 });
  });
});

describe('readCurrentVersion', () => {
  it('lists one object, without the label selector, which could make the server read all of them', async () => {
    const version = readCurrentVersion(server.client(), NARROW, stop.signal);
    const exchange = await server.next();
    expect(exchange.request.path).toBe('/apis/apps/v1/namespaces/blue/deployments');
    expect(exchange.request.query).toEqual({ limit: '1' });
    exchange.answer(200, { metadata: { resourceVersion: '7', continue: 'x' }, items: [named('a')] });
    expect(await version).toBe('7');
  });
});

describe('watchEvents', () => {
  it('watches from a resource version, with bookmarks and a timeout', async () => {
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

  it('streams the initial list without a resource version, and marks its end', async () => {
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

  it('yields each event as it arrives, and ends with the stream', async () => {
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

  it('parses events and characters that are split into chunks', async () => {
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
    ['410 (the resource version has expired)', { code: 410, reason: 'Expired' }, { code: 410, reason: 'Expired' }],
    ['500', { code: 500, reason: 'InternalError', message: 'etcd' }, { code: 500, reason: 'InternalError' }],
    ['429', { code: 429, details: { retryAfterSeconds: 3 } }, { code: 429, retryAfterMs: 3000 }],
    ['no code', { message: 'unknown' }, { code: 500, reason: '' }],
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

  it('rejects with the error of the server', async () => {
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
    ['a line that is not JSON', 'gateway time-out\n', 'MalformedResponseError', 'cannot parse the response'],
    ['a line that is not an event', 'null\n', 'MalformedResponseError', 'cannot parse the response'],
    ['an unknown event type', '{"type":"MOVED","object":{}}\n', 'MalformedResponseError', '"MOVED"'],
  ])('rejects after %s', async (_case, text, name, message) => {
    const events = collect(watch());
    const exchange = await server.next();
    exchange.begin();
    await exchange.write(text);
    exchange.end();
    await expect(events).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it('rejects with a ConnectionError when the connection is reset', async () => {
    const events = collect(watch());
    const exchange = await server.next();
    exchange.begin();
    exchange.writeEvent('ADDED', named('a', '101'));
    await exchange.write('{"type":');
    exchange.reset();
    await expect(events).rejects.toMatchObject({ name: 'ConnectionError', message: expect.stringContaining('WATCH') });
  });

  it('closes the connection when the consumer stops reading', async () => {
    const events = watch();
    const first = events.next();
    const exchange = await server.next();
    exchange.begin();
    exchange.writeEvent('ADDED', named('a', '101'));
    await first;
    await events.return(undefined);
    await exchange.closed;
  });

  it('closes the connection when the signal is aborted', async () => {
    const events = collect(watch());
    const exchange = await server.next();
    exchange.begin();
    stop.abort();
    await expect(events).rejects.toMatchObject({ name: 'ConnectionError' });
    await exchange.closed;
  });

  it('closes idle connections when the signal is aborted, since they may be dead too', async () => {
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

  describe('with fake timers', () => {
    beforeEach(() => {
      // The connection itself needs these timers.
      jest.useFakeTimers({
        doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'Date', 'performance'],
      });
    });

    it('times out if the server does not respond within 30 seconds', async () => {
      const events = collect(watch());
      const exchange = await server.next();
      jest.advanceTimersByTime(30_000);
      await expect(events).rejects.toMatchObject({
        name: 'ConnectionError',
        message: expect.stringContaining('no response in time'),
      });
      await exchange.closed;
    });

    it('cancels its timer', async () => {
      const events = collect(watch());
      const exchange = await server.next();
      exchange.begin();
      exchange.end();
      await events;
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
