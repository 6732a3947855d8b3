import { describe, expect, it } from '@jest/globals';
import type { Exchange } from '../testing/fake-server.ts';
import {
  ALL,
  listOf,
  PATH,
  setUpReflectorTestEnvironment,
  thing,
  until,
} from '../testing/reflector-test-environment.ts';

const environment = setUpReflectorTestEnvironment();

/** Interrupts a watch from 10, and resolves to the check of the resource version. */
async function interruptWatch(): Promise<Exchange> {
  (await environment.startWatching()).reset();
  await environment.advanceThroughBackoff();
  return environment.nextVersionCheck();
}

/** Interrupts a watch, lets the check fail, and resolves to the next one, which is open `ms` milliseconds later. */
async function checkAfterOutage(ms: number): Promise<Exchange> {
  (await interruptWatch()).reset();
  const backoffMs = await environment.advanceThroughBackoff();
  const check = await environment.nextVersionCheck();
  environment.clock.advance(ms - backoffMs);
  return check;
}

describe('at start, a reflector', () => {
  it('lists in pages, and has synced once the store holds all objects', async () => {
    const reflector = environment.start();
    const first = await environment.nextList();
    expect(first.request.path).toBe(PATH);
    first.answer(200, listOf(10, [thing('a', 1)], 'page-2'));
    const second = await environment.nextList();
    expect(second.request.query).toMatchObject({ continue: 'page-2' });
    expect([reflector.hasSynced, environment.content()]).toEqual([false, []]);
    second.answer(200, listOf(10, [thing('b', 2)]));
    await reflector.synced;
    expect([reflector.hasSynced, environment.content()]).toEqual([true, ['a@1', 'b@2']]);
  });

  it.each([
    [0, '300'],
    [0.999, '599'],
  ])('watches from the resource version of the list, for 5 to 10 minutes (%d)', async (random, timeoutSeconds) => {
    environment.start(ALL, random);
    (await environment.nextList()).answer(200, listOf(10, []));
    const { request } = await environment.nextWatch(10);
    expect(request.path).toBe(PATH);
    expect(request.query).toMatchObject({ timeoutSeconds });
  });

  it('counts as synced while an optional list is forbidden, and stores the objects once it is allowed', async () => {
    const reflector = environment.start(ALL, 0, true);
    (await environment.nextList()).refuse(403);
    await reflector.synced;
    expect([reflector.hasSynced, environment.content()]).toEqual([true, []]);
    const change = environment.nextChange();
    environment.clock.advance(30_000);
    (await environment.nextList()).answer(200, listOf(10, [thing('a', 1)]));
    await change;
    expect(environment.content()).toEqual(['a@1']);
  });

  it.each([
    ['a list that is not optional is forbidden', false, 403],
    ['an optional list fails otherwise', true, 500],
  ])('has not synced when %s', async (_case, isOptional, code) => {
    const reflector = environment.start(ALL, 0, isOptional);
    (await environment.nextList()).refuse(code);
    await until(() => environment.log.messages.includes('warn: cannot list; retrying'));
    expect(reflector.hasSynced).toBe(false);
  });

  it('stores trimmed objects', async () => {
    const change = environment.nextChange();
    environment.start();
    (await environment.nextList()).answer(200, listOf(10, [{ ...thing('a', 1), noise: 'x' }]));
    await change;
    expect(environment.store.get('blue/a')).toEqual(thing('a', 1));
    const another = environment.nextChange();
    const watch = await environment.nextWatch(10);
    watch.begin();
    watch.writeEvent('ADDED', { ...thing('b', 11), noise: 'x' });
    await another;
    expect(environment.store.get('blue/b')).toEqual(thing('b', 11));
  });

  it('lists and watches one namespace, and does not touch other namespaces in the store', async () => {
    environment.store.upsert('green', thing('c', 3, 'green'));
    const reflector = environment.start({ ...ALL, namespace: 'blue', labelSelector: 'a=b' });
    const list = await environment.nextList();
    list.answer(200, listOf(10, [thing('a', 1)]));
    await reflector.synced;
    const watch = await environment.nextWatch(10);
    for (const { request } of [list, watch]) {
      expect(request.path).toBe('/apis/example.io/v1/namespaces/blue/things');
      expect(request.query).toMatchObject({ labelSelector: 'a=b' });
    }
    expect(environment.content()).toEqual(['a@1', 'c@3']);
  });

  it.each([
    ['an error', 500, {}, 100],
    ['a 403', 403, {}, 100],
    ['a 429 with Retry-After', 429, { 'retry-after': '3' }, 3000],
  ])('retries the list after %s, and not before Retry-After', async (_case, code, headers, delayMs) => {
    const reflector = environment.start();
    (await environment.nextList()).refuse(code, {}, headers);
    expect(await environment.advanceThroughBackoffs(delayMs)).toBe(delayMs);
    (await environment.nextList()).answer(200, listOf(10, [thing('a', 1)]));
    await reflector.synced;
    expect(environment.log.messages).toEqual(['warn: cannot list; retrying']);
  });

  it('backs off exponentially, up to 30 seconds', async () => {
    environment.start();
    const delays: number[] = [];
    for (let failures = 0; failures < 10; failures += 1) {
      (await environment.nextList()).refuse(500);
      delays.push(await environment.advanceThroughBackoff());
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
  });

  it('restarts a list whose continue token has expired', async () => {
    const reflector = environment.start();
    (await environment.nextList()).answer(200, listOf(10, [thing('a', 1)], 'page-2'));
    (await environment.nextList()).refuse(410, { reason: 'Expired' });
    await environment.advanceThroughBackoff();
    const retry = await environment.nextList();
    expect(retry.request.query).not.toHaveProperty('continue');
    retry.answer(200, listOf(12, [thing('b', 2)]));
    await reflector.synced;
    expect(environment.content()).toEqual(['b@2']);
  });
});

describe('during a watch, a reflector', () => {
  it('applies each event to the store', async () => {
    const watch = await environment.startWatching();
    watch.writeEvent('ADDED', thing('c', 11));
    watch.writeEvent('MODIFIED', thing('a', 12));
    watch.writeEvent('DELETED', thing('b', 13));
    await environment.received(3);
    environment.clock.advance(5000);
    watch.end();
    await environment.nextWatch(13);
    expect(environment.content()).toEqual(['a@12', 'c@11']);
  });

  it('resumes immediately from the last event when the server closes the watch, without a relist', async () => {
    let watch = await environment.startWatching();
    for (const resourceVersion of [20, 30, 40]) {
      watch.writeEvent('MODIFIED', thing('a', resourceVersion));
      environment.clock.advance(5000);
      watch.end();
      watch = await environment.nextWatch(resourceVersion);
      watch.begin();
    }
    expect([environment.server.count, environment.clock.delaysMs, environment.log.messages]).toEqual([
      6,
      [140_000],
      [],
    ]);
  });

  it('resumes from a bookmark', async () => {
    const watch = await environment.startWatching();
    watch.writeEvent('BOOKMARK', { metadata: { resourceVersion: '50' } });
    environment.clock.advance(5000);
    watch.end();
    await environment.nextWatch(50);
    expect(environment.content()).toEqual(['a@1', 'b@2']);
    // The bookmark also advances the store: an older response is stale.
    await environment.store.write('blue/c', () => Promise.resolve(thing('c', 49)));
    expect(environment.content()).toEqual(['a@1', 'b@2']);
  });

  it.each([
    ['is reset', (watch: Exchange) => watch.reset()],
    ['ends in the middle of an event', (watch: Exchange) => void watch.write('{"type":"MOD').then(() => watch.end())],
    ['cannot be read', (watch: Exchange) => void watch.write('what\n').then(() => watch.end())],
  ])('resumes from the last event when the watch %s', async (_case, interrupt) => {
    const watch = await environment.startWatching();
    const change = environment.nextChange();
    watch.writeEvent('MODIFIED', thing('a', 20));
    await change;
    interrupt(watch);
    expect(await environment.advanceThroughBackoff()).toBe(100);
    await environment.nextResumedWatch(20);
    expect(environment.log.messages).toEqual(['info: the watch was interrupted; resuming']);
  });

  it.each([
    ['500', 500, {}, 100],
    ['503', 503, {}, 100],
    ['503 with Retry-After', 503, { 'retry-after': '5' }, 5000],
    ['504', 504, {}, 100],
    ['429', 429, {}, 100],
    ['429 with Retry-After', 429, { 'retry-after': '2' }, 2000],
    ['401 (an expired token)', 401, {}, 100],
    ['403 (a missing role)', 403, {}, 100],
    ['408', 408, {}, 100],
  ])(
    'backs off and resumes from the last event when a watch is refused with %s',
    async (_case, code, headers, delayMs) => {
      environment.start();
      (await environment.nextList()).answer(200, listOf(10, [thing('a', 1)]));
      (await environment.nextWatch(10)).refuse(code, {}, headers);
      expect(await environment.advanceThroughBackoffs(delayMs)).toBe(delayMs);
      await environment.nextResumedWatch(10);
      expect(environment.server.count).toBe(5);
    },
  );

  describe('after an interruption compares its resource version with the server’s, and', () => {
    it('relists if the server has gone back to an older one (etcd was restored)', async () => {
      (await interruptWatch()).answer(200, listOf(9, [thing('a', 1)]));
      (await environment.nextList()).answer(200, listOf(9, [thing('a', 1)]));
      await environment.nextWatch(9);
      expect(environment.content()).toEqual(['a@1']);
      expect(environment.log.messages).toEqual([
        'info: the watch was interrupted; resuming',
        'warn: the server went back to an older resource version (etcd was restored); relisting',
      ]);
    });

    it.each([10, 11, 100])('resumes from its own if the server’s is not older (%d)', async (current) => {
      (await interruptWatch()).answer(200, listOf(current, []));
      await environment.nextWatch(10);
      expect(environment.content()).toEqual(['a@1', 'b@2']);
    });

    it('repeats the comparison until the server answers', async () => {
      (await interruptWatch()).reset();
      expect(await environment.advanceThroughBackoff()).toBe(200);
      await environment.nextResumedWatch(10);
    });

    it('relists after an outage of more than ten seconds, in which the server may have passed its own', async () => {
      const check = await checkAfterOutage(10_001);
      check.answer(200, listOf(11, [thing('c', 11)]));
      (await environment.nextList()).answer(200, listOf(11, [thing('a', 1)]));
      await environment.nextWatch(11);
      expect(environment.content()).toEqual(['a@1']);
      expect(environment.log.messages.at(-1)).toBe('info: the server did not answer for a while; relisting');
    });

    it('resumes after an outage of ten seconds', async () => {
      const check = await checkAfterOutage(10_000);
      check.answer(200, listOf(11, []));
      await environment.nextWatch(10);
    });

    it('counts a check that is answered late as an outage', async () => {
      const check = await interruptWatch();
      environment.clock.advance(10_001);
      check.answer(200, listOf(11, []));
      await environment.nextList();
    });

    it('does not count the time in which the server has asked it to wait', async () => {
      let check = await interruptWatch();
      for (let waitedMs = 0; waitedMs <= 10_000;) {
        check.refuse(429);
        waitedMs += await environment.advanceThroughBackoff();
        check = await environment.nextVersionCheck();
      }
      check.answer(200, listOf(11, []));
      await environment.nextWatch(10);
    });

    it('counts each outage on its own', async () => {
      (await interruptWatch()).refuse(404);
      await environment.advanceThroughBackoff();
      (await environment.nextList()).answer(200, listOf(20, []));
      const watch = await environment.nextWatch(20);
      watch.begin();
      environment.clock.advance(60_000);
      watch.reset();
      await environment.advanceThroughBackoff();
      (await environment.nextVersionCheck()).answer(200, listOf(20, []));
      await environment.nextWatch(20);
    });

    it('does not compare it again when the server closes the resumed watch', async () => {
      (await interruptWatch()).answer(200, listOf(10, []));
      const watch = await environment.nextWatch(10);
      watch.begin();
      environment.clock.advance(5000);
      watch.end();
      await environment.nextWatch(10);
    });
  });

  it('warns when it is not allowed to watch', async () => {
    environment.start();
    (await environment.nextList()).answer(200, listOf(10, [thing('a', 1)]));
    (await environment.nextWatch(10)).refuse(403);
    await environment.advanceThroughBackoff();
    expect(environment.log.messages).toEqual(['warn: not allowed to watch; retrying']);
  });

  it.each([
    ['410 (the resource version has expired)', 410, { reason: 'Expired' }],
    ['400 (the request is invalid)', 400, { reason: 'BadRequest' }],
    ['404 (the resource does not exist)', 404, { reason: 'NotFound' }],
    [
      '504 (the resource version is too large)',
      504,
      { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    ],
  ])('relists when a watch is refused with %s', async (_case, code, status) => {
    environment.start();
    (await environment.nextList()).answer(200, listOf(10, [thing('a', 1)]));
    (await environment.nextWatch(10)).refuse(code, status);
    expect(await environment.advanceThroughBackoff()).toBe(100);
    (await environment.nextList()).answer(200, listOf(30, [thing('b', 25)]));
    await environment.nextWatch(30);
    expect(environment.content()).toEqual(['b@25']);
    expect(environment.log.messages).toEqual(['info: the watch failed; relisting']);
  });

  it.each([410, 429, 500, 503])('relists after an ERROR event with code %d', async (code) => {
    const watch = await environment.startWatching();
    watch.writeEvent('MODIFIED', thing('a', 20));
    watch.writeEvent('ERROR', { kind: 'Status', code });
    await environment.advanceThroughBackoff();
    (await environment.nextList()).answer(200, listOf(30, [thing('a', 25)]));
    await environment.nextWatch(30);
    expect(environment.content()).toEqual(['a@25']);
  });

  it('backs off exponentially if lists succeed but every watch fails', async () => {
    environment.start();
    const delays: number[] = [];
    for (let failures = 0; failures < 4; failures += 1) {
      (await environment.nextList()).answer(200, listOf(10, [thing('a', 1)]));
      (await environment.nextWatch(10)).refuse(410);
      delays.push(await environment.advanceThroughBackoff());
    }
    expect(delays).toEqual([100, 200, 400, 800]);
  });

  it('backs off exponentially if the server closes every watch immediately', async () => {
    let watch = await environment.startWatching();
    const delays: number[] = [];
    for (let ends = 0; ends < 9; ends += 1) {
      watch.end();
      delays.push(await environment.advanceThroughBackoff());
      watch = await environment.nextWatch(10);
      watch.begin();
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000]);
  });

  it('resets the backoff after an event', async () => {
    const watch = await environment.watchAfterFailures();
    watch.writeEvent('MODIFIED', thing('a', 20));
    watch.end();
    expect(await environment.advanceThroughBackoff()).toBe(100);
  });

  it('resets the backoff after a watch of five seconds', async () => {
    const watch = await environment.watchAfterFailures();
    environment.clock.advance(5000);
    watch.end();
    (await environment.nextWatch(10)).answer(200, '');
    expect(await environment.advanceThroughBackoff()).toBe(100);
  });

  it('reports each list, watch and event to its observer', async () => {
    const watch = await environment.startWatching();
    watch.writeEvent('MODIFIED', thing('a', 20));
    watch.writeEvent('BOOKMARK', { metadata: { resourceVersion: '50' } });
    environment.clock.advance(5000);
    watch.end();
    await environment.nextWatch(50);
    const stream = ['list things', 'watch things'];
    expect(environment.observerCalls).toEqual([
      ...stream,
      'list things',
      'watch things',
      'event things',
      'event things',
      'watch things',
    ]);
  });
});

describe('on abort, a reflector stops', () => {
  it('during a list', async () => {
    const reflector = environment.start();
    const list = await environment.nextList();
    environment.stop.abort();
    await environment.running;
    await list.closed;
    expect([reflector.hasSynced, environment.log.messages]).toEqual([false, []]);
  });

  it('during a watch', async () => {
    const watch = await environment.startWatching();
    environment.stop.abort();
    await environment.running;
    await watch.closed;
    expect(environment.log.messages).toEqual([]);
  });

  it('during a backoff', async () => {
    environment.start();
    (await environment.nextList()).refuse(500);
    await until(() => environment.log.messages.length > 0);
    environment.stop.abort();
    await environment.running;
    expect([environment.clock.delaysMs, environment.server.count]).toEqual([[], 2]);
  });

  it('before its first request', async () => {
    environment.stop.abort();
    environment.start();
    await environment.running;
    expect(environment.server.count).toBe(0);
  });
});
