import { describe, expect, it } from '@jest/globals';
import type { Exchange } from '../kube/hand-driven-server.ts';
import { ALL, bookmark, listOf, setUpReflectorBench, thing, until } from './reflector-bench.ts';

const bench = setUpReflectorBench();

describe('of a server that streams what there is, a reflector', () => {
  it('asks for it as of now, and keeps the watch for what follows', async () => {
    const reflector = bench.start({ ...ALL, labelSelector: 'a=b' });
    const stream = await bench.nextStream();
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
    expect(bench.store.get('blue/a')).toEqual(thing('a', 1));
    const change = bench.nextChange();
    stream.writeEvent('ADDED', thing('b', 11));
    await change;
    expect([bench.content(), bench.server.count]).toEqual([['a@1', 'b@11'], 1]);
  });

  it('stores nothing before its end, then all of it, with what changed on the way', async () => {
    bench.store.upsert(undefined, thing('old', 1));
    const reflector = bench.start();
    const stream = await bench.nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    stream.writeEvent('ADDED', thing('b', 2));
    stream.writeEvent('MODIFIED', thing('a', 8));
    stream.writeEvent('DELETED', thing('b', 9));
    stream.writeEvent('BOOKMARK', bookmark(7));
    await bench.received(5);
    expect([reflector.hasSynced, bench.content()]).toEqual([false, ['old@1']]);
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    expect(bench.content()).toEqual(['a@8']);
  });

  it('resumes the watch from the end of the stream, without another', async () => {
    const reflector = bench.start();
    const stream = await bench.nextStream();
    stream.begin();
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    await bench.received(1);
    bench.clock.advance(5000);
    stream.end();
    expect((await bench.nextWatch(10)).request.query).not.toHaveProperty('sendInitialEvents');
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
    bench.store.upsert(undefined, thing('old', 1));
    const reflector = bench.start();
    const stream = await bench.nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    await bench.received(1);
    spoil(stream);
    await until(() => bench.log.messages.length > 0);
    expect(await bench.waitOut()).toBe(delayMs);
    const list = await bench.server.next();
    expect([bench.content(), list.request.query]).toEqual([['old@1'], { limit: '500' }]);
    list.answer(200, listOf(12, [thing('a', 11)]));
    await reflector.synced;
    expect(bench.content()).toEqual(['a@11']);
  });

  it('lists when the stream is refused for load, not before the server wants it, and streams the next time', async () => {
    bench.start();
    (await bench.nextStream()).refuse(429, {}, { 'retry-after': '3' });
    await until(() => bench.log.messages.length > 0);
    expect(await bench.waitOut()).toBe(3000);
    const list = await bench.server.next();
    expect(list.request.query).toEqual({ limit: '500' });
    list.refuse(503);
    await bench.waitOut();
    await bench.nextStream();
  });

  it.each([400, 405, 406, 415, 422])(
    'lists at once when the request is refused with %d, and from then on',
    async (code) => {
      const reflector = bench.start();
      (await bench.nextStream()).refuse(code);
      (await bench.server.next()).answer(200, listOf(10, [thing('a', 1)]));
      await reflector.synced;
      (await bench.nextWatch(10)).refuse(410);
      expect(await bench.waitOut()).toBe(100);
      expect((await bench.server.next()).request.query).toEqual({ limit: '500' });
      expect(bench.log.messages).toEqual(['info: the watch failed; listing again']);
    },
  );

  it('streams anew when the server has forgotten its place', async () => {
    const stream = await bench.startStreaming();
    stream.writeEvent('ERROR', { kind: 'Status', code: 410 });
    await until(() => bench.log.messages.length > 0);
    await bench.waitOut();
    const again = await bench.nextStream();
    again.begin();
    again.writeEvent('ADDED', thing('c', 28));
    const change = bench.nextChange();
    again.writeEvent('BOOKMARK', bookmark(30, true));
    await change;
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.content()).toEqual(['c@28']);
  });
});
