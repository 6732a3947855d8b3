import { describe, expect, it } from '@jest/globals';
import type { Exchange } from '../testing/fake-server.ts';
import {
  ALL,
  bookmark,
  listOf,
  setUpReflectorTestEnvironment,
  thing,
  until,
} from '../testing/reflector-test-environment.ts';

const environment = setUpReflectorTestEnvironment();

describe('of a server that streams what there is, a reflector', () => {
  it('asks for it as of now, and keeps the watch for what follows', async () => {
    const reflector = environment.start({ ...ALL, labelSelector: 'a=b' });
    const stream = await environment.nextStream();
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
    expect(environment.store.get('blue/a')).toEqual(thing('a', 1));
    const change = environment.nextChange();
    stream.writeEvent('ADDED', thing('b', 11));
    await change;
    expect([environment.content(), environment.server.count]).toEqual([['a@1', 'b@11'], 1]);
  });

  it('stores nothing before its end, then all of it, with what changed on the way', async () => {
    environment.store.upsert(undefined, thing('old', 1));
    const reflector = environment.start();
    const stream = await environment.nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    stream.writeEvent('ADDED', thing('b', 2));
    stream.writeEvent('MODIFIED', thing('a', 8));
    stream.writeEvent('DELETED', thing('b', 9));
    stream.writeEvent('BOOKMARK', bookmark(7));
    await until(() => environment.told.length === 7);
    expect([reflector.hasSynced, environment.content()]).toEqual([false, ['old@1']]);
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    expect(environment.content()).toEqual(['a@8']);
  });

  it('resumes the watch from the end of the stream, without another', async () => {
    const reflector = environment.start();
    const stream = await environment.nextStream();
    stream.begin();
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    environment.clock.advance(5000);
    stream.end();
    expect((await environment.nextWatch(10)).request.query).not.toHaveProperty('sendInitialEvents');
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
    environment.store.upsert(undefined, thing('old', 1));
    const reflector = environment.start();
    const stream = await environment.nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    await until(() => environment.told.length === 3);
    spoil(stream);
    await until(() => environment.log.messages.length > 0);
    expect(await environment.waitOut()).toBe(delayMs);
    const list = await environment.server.next();
    expect([environment.content(), list.request.query]).toEqual([['old@1'], { limit: '500' }]);
    list.answer(200, listOf(12, [thing('a', 11)]));
    await reflector.synced;
    expect(environment.content()).toEqual(['a@11']);
  });

  it('lists when the stream is refused for load, not before the server wants it, and streams the next time', async () => {
    environment.start();
    (await environment.nextStream()).refuse(429, {}, { 'retry-after': '3' });
    await until(() => environment.log.messages.length > 0);
    expect(await environment.waitOut()).toBe(3000);
    const list = await environment.server.next();
    expect(list.request.query).toEqual({ limit: '500' });
    list.refuse(503);
    await environment.waitOut();
    await environment.nextStream();
  });

  it.each([400, 405, 406, 415, 422])(
    'lists at once when the request is refused with %d, and from then on',
    async (code) => {
      const reflector = environment.start();
      (await environment.nextStream()).refuse(code);
      (await environment.server.next()).answer(200, listOf(10, [thing('a', 1)]));
      await reflector.synced;
      (await environment.nextWatch(10)).refuse(410);
      expect(await environment.waitOut()).toBe(100);
      expect((await environment.server.next()).request.query).toEqual({ limit: '500' });
      expect(environment.log.messages).toEqual(['info: the watch failed; listing again']);
    },
  );

  it('lists when the stream pauses for half a minute: such a server does not know how to end it', async () => {
    environment.start();
    const stream = await environment.nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    await until(() => environment.told.length === 3);
    expect(await environment.clock.untilScheduled()).toEqual([30_000]);
    environment.clock.advance(30_000);
    await stream.closed;
    expect(await environment.waitOut()).toBe(100);
    const list = await environment.server.next();
    expect(list.request.query).toEqual({ limit: '500' });
    list.answer(200, listOf(10, []));
    (await environment.nextWatch(10)).refuse(410);
    await environment.waitOut();
    expect((await environment.server.next()).request.query).toEqual({ limit: '500' });
  });

  it('streams anew when the server has forgotten its place', async () => {
    const stream = await environment.startStreaming();
    stream.writeEvent('ERROR', { kind: 'Status', code: 410 });
    await until(() => environment.log.messages.length > 0);
    await environment.waitOut();
    const again = await environment.nextStream();
    again.begin();
    again.writeEvent('ADDED', thing('c', 28));
    const change = environment.nextChange();
    again.writeEvent('BOOKMARK', bookmark(30, true));
    await change;
    await new Promise((resolve) => setImmediate(resolve));
    expect(environment.content()).toEqual(['c@28']);
  });
});

describe('a watch that has got bookmarks and then is silent', () => {
  it('is resumed from the last one after two and a half minutes', async () => {
    const stream = await environment.startStreaming();
    expect(environment.clock.delaysMs).toEqual([150_000]);
    environment.clock.advance(150_000);
    await stream.closed;
    expect(await environment.waitOut()).toBe(100);
    await environment.nextWatch(20);
    expect([environment.content(), environment.log.messages]).toEqual([
      ['a@1', 'b@2'],
      ['info: the watch broke off; resuming'],
    ]);
  });

  it('is left alone while it tells of anything', async () => {
    const stream = await environment.startStreaming();
    for (let minute = 1; minute <= 5; minute += 1) {
      environment.clock.advance(149_999);
      const change = environment.nextChange();
      stream.writeEvent('MODIFIED', thing('a', 20 + minute));
      await change;
      await until(() => environment.clock.delaysMs[0] === 150_000);
    }
    expect(environment.server.count).toBe(1);
  });

  it('is found out too when it is silent from its beginning', async () => {
    const stream = await environment.startStreaming();
    environment.clock.advance(5000);
    stream.end();
    const silent = await environment.nextWatch(20);
    silent.begin();
    expect(await environment.clock.untilScheduled()).toEqual([150_000]);
    environment.clock.advance(150_000);
    await silent.closed;
  });

  it('is broken off only once where the server just sends no more bookmarks', async () => {
    const stream = await environment.startStreaming();
    environment.clock.advance(150_000);
    await stream.closed;
    await environment.waitOut();
    const quiet = await environment.nextWatch(20);
    quiet.begin();
    const change = environment.nextChange();
    quiet.writeEvent('MODIFIED', thing('a', 21));
    await change;
    expect(environment.clock.delaysMs).toEqual([]);
  });
});

describe('a quiet watch', () => {
  it('of a server that has sent no bookmark is left alone', async () => {
    const watch = await environment.startWatching();
    const change = environment.nextChange();
    watch.writeEvent('MODIFIED', thing('a', 20));
    await change;
    expect(environment.clock.delaysMs).toEqual([]);
    environment.clock.advance(600_000);
    expect(environment.server.count).toBe(3);
  });

  it('is left alone where the only bookmark was that of the end of the stream', async () => {
    const reflector = environment.start();
    const stream = await environment.nextStream();
    stream.begin();
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    const change = environment.nextChange();
    stream.writeEvent('ADDED', thing('a', 11));
    await change;
    expect(environment.clock.delaysMs).toEqual([]);
  });
});
