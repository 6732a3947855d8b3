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

describe('with a server that streams the initial list, a reflector', () => {
  it('requests a streamed list, and continues with the same watch', async () => {
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

  it('replaces the store at the end of the initial list, including changes during the stream', async () => {
    environment.store.upsert(undefined, thing('old', 1));
    const reflector = environment.start();
    const stream = await environment.nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('a', 5));
    stream.writeEvent('ADDED', thing('b', 2));
    stream.writeEvent('MODIFIED', thing('a', 8));
    stream.writeEvent('DELETED', thing('b', 9));
    stream.writeEvent('BOOKMARK', bookmark(7));
    await environment.received(5);
    expect([reflector.hasSynced, environment.content()]).toEqual([false, ['old@1']]);
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    expect(environment.content()).toEqual(['a@8']);
  });

  it('resumes the watch from the end of the initial list, without a relist', async () => {
    const reflector = environment.start();
    const stream = await environment.nextStream();
    stream.begin();
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    await environment.received(1);
    environment.clock.advance(5000);
    stream.end();
    expect((await environment.nextWatch(10)).request.query).not.toHaveProperty('sendInitialEvents');
  });

  it.each<[string, (stream: Exchange) => void, number]>([
    ['is reset', (stream) => stream.reset(), 100],
    ['ends', (stream) => stream.end(), 100],
    ['sends an error event', (stream) => stream.writeEvent('ERROR', { kind: 'Status', code: 500 }), 100],
    [
      'sends an error event because of overload',
      (stream) => stream.writeEvent('ERROR', { code: 429, details: { retryAfterSeconds: 4 } }),
      4000,
    ],
  ])(
    'lists if the stream %s before the end of the initial list, and keeps the content of the store until then',
    async (_case, interrupt, delayMs) => {
      environment.store.upsert(undefined, thing('old', 1));
      const reflector = environment.start();
      const stream = await environment.nextStream();
      stream.begin();
      stream.writeEvent('ADDED', thing('a', 5));
      await environment.received(1);
      interrupt(stream);
      await until(() => environment.log.messages.length > 0);
      expect(await environment.advanceThroughBackoffs(delayMs)).toBe(delayMs);
      const list = await environment.server.next();
      expect([environment.content(), list.request.query]).toEqual([['old@1'], { limit: '500' }]);
      list.answer(200, listOf(12, [thing('a', 11)]));
      await reflector.synced;
      expect(environment.content()).toEqual(['a@11']);
    },
  );

  it('lists after Retry-After if the stream is refused because of overload, and streams the next time', async () => {
    environment.start();
    (await environment.nextStream()).refuse(429, {}, { 'retry-after': '3' });
    await until(() => environment.log.messages.length > 0);
    expect(await environment.advanceThroughBackoffs(3000)).toBe(3000);
    const list = await environment.server.next();
    expect(list.request.query).toEqual({ limit: '500' });
    list.refuse(503);
    await environment.advanceThroughBackoff();
    await environment.nextStream();
  });

  it.each([400, 405, 406, 415, 422])(
    'lists immediately, and for every relist, if the request is refused with %d',
    async (code) => {
      const reflector = environment.start();
      (await environment.nextStream()).refuse(code);
      (await environment.server.next()).answer(200, listOf(10, [thing('a', 1)]));
      await reflector.synced;
      (await environment.nextWatch(10)).refuse(410);
      expect(await environment.advanceThroughBackoff()).toBe(100);
      expect((await environment.server.next()).request.query).toEqual({ limit: '500' });
      expect(environment.log.messages).toEqual(['info: the watch failed; relisting']);
    },
  );

  it('relists with a stream when the resource version has expired', async () => {
    const stream = await environment.startStreaming();
    stream.writeEvent('ERROR', { kind: 'Status', code: 410 });
    await until(() => environment.log.messages.length > 0);
    await environment.advanceThroughBackoff();
    const relist = await environment.nextStream();
    relist.begin();
    relist.writeEvent('ADDED', thing('c', 28));
    const change = environment.nextChange();
    relist.writeEvent('BOOKMARK', bookmark(30, true));
    await change;
    await new Promise((resolve) => setImmediate(resolve));
    expect(environment.content()).toEqual(['c@28']);
  });
});
