import { describe, expect, it } from '@jest/globals';
import type { Exchange } from '../testing/fake-server.ts';
import { bookmark, listOf, setUpReflectorTestEnvironment, thing } from '../testing/reflector-test-environment.ts';

/** Two bookmark intervals of one minute, and 20 seconds. */
const MAX_SILENCE_MS = 140_000;
const MAX_INITIAL_SILENCE_MS = 30_000;

const environment = setUpReflectorTestEnvironment();

/** Starts a reflector and opens a watch that streams the initial list. */
async function openStream(): Promise<Exchange> {
  environment.start();
  const stream = await environment.nextStream();
  stream.begin();
  return stream;
}

/** Advances the clock to just before a limit and checks that the watch is still open, then to the limit. */
async function exceedLimit(limitMs: number, watch: Exchange): Promise<void> {
  expect(await environment.clock.untilScheduled()).toEqual([limitMs]);
  environment.clock.advance(limitMs - 1);
  expect(environment.clock.delaysMs).toEqual([1]);
  environment.clock.advance(1);
  await watch.closed;
}

describe('a watch whose connection dies silently is resumed after 140 seconds', () => {
  it.each<[string, () => Promise<Exchange>, number]>([
    ['before its first event', () => environment.startWatching(), 10],
    [
      'right after the streamed initial list',
      async () => {
        const stream = await openStream();
        stream.writeEvent('BOOKMARK', bookmark(10, true));
        await environment.received(1);
        return stream;
      },
      10,
    ],
    [
      'after a change, before the first bookmark',
      async () => {
        const watch = await environment.startWatching();
        watch.writeEvent('MODIFIED', thing('a', 15));
        await environment.received(1);
        return watch;
      },
      15,
    ],
    ['after a bookmark', () => environment.startStreaming(), 20],
  ])('%s', async (_case, startWatch, resourceVersion) => {
    const watch = await startWatch();
    await exceedLimit(MAX_SILENCE_MS, watch);
    expect(await environment.advanceThroughBackoff()).toBe(100);
    await environment.nextResumedWatch(resourceVersion);
    expect(environment.log.messages).toEqual(['info: the watch was interrupted; resuming']);
  });

  it('while bytes of an incomplete event trickle in', async () => {
    const watch = await environment.startWatching();
    for (const piece of ['{"type":', '"MODIFIED",', '"object":']) {
      environment.clock.advance(46_000);
      await watch.write(piece);
    }
    expect(await environment.clock.untilScheduled()).toEqual([2000]);
    environment.clock.advance(2000);
    await watch.closed;
  });

  it('even if it was resumed before', async () => {
    await exceedLimit(MAX_SILENCE_MS, await environment.startStreaming());
    await environment.advanceThroughBackoff();
    const resumed = await environment.nextResumedWatch(20);
    resumed.begin();
    await exceedLimit(MAX_SILENCE_MS, resumed);
  });
});

describe('a streamed initial list that stalls for 30 seconds is replaced by a paged list', () => {
  it.each<[string, (stream: Exchange) => Promise<void>]>([
    ['before its first event', () => Promise.resolve()],
    [
      'after its first event',
      async (stream) => {
        stream.writeEvent('ADDED', thing('a', 5));
        await environment.received(1);
      },
    ],
    ['in the middle of an event', (stream) => stream.write('{"type":"ADDED","object":{')],
  ])('%s', async (_case, write) => {
    const stream = await openStream();
    await write(stream);
    await exceedLimit(MAX_INITIAL_SILENCE_MS, stream);
    expect(await environment.advanceThroughBackoff()).toBe(100);
    expect((await environment.server.next()).request.query).toEqual({ limit: '500' });
  });

  it('but the next relist is streamed: a dead connection does not mean that streaming is unsupported', async () => {
    await exceedLimit(MAX_INITIAL_SILENCE_MS, await openStream());
    await environment.advanceThroughBackoff();
    (await environment.server.next()).answer(200, listOf(10, []));
    (await environment.nextWatch(10)).refuse(410);
    await environment.advanceThroughBackoff();
    await environment.nextStream();
  });
});

describe('an idle watch', () => {
  it('stays open for hours while it receives a bookmark every minute', async () => {
    const watch = await environment.startWatching();
    for (let minute = 1; minute <= 180; minute += 1) {
      environment.clock.advance(62_000);
      watch.writeEvent('BOOKMARK', bookmark(10 + minute));
      await environment.received(minute);
    }
    expect(environment.server.count).toBe(3);
  });

  it('stays open if one bookmark is missing', async () => {
    const watch = await environment.startWatching();
    for (let event = 1; event <= 10; event += 1) {
      environment.clock.advance(125_000);
      watch.writeEvent('BOOKMARK', bookmark(10 + event));
      await environment.received(event);
    }
    expect(environment.server.count).toBe(3);
  });

  it('is resumed with two requests each time, without a relist or a growing backoff, on a server without bookmarks', async () => {
    let watch = await environment.startWatching();
    const { count } = environment.server;
    for (let round = 1; round <= 10; round += 1) {
      await exceedLimit(MAX_SILENCE_MS, watch);
      expect(await environment.advanceThroughBackoff()).toBe(100);
      watch = await environment.nextResumedWatch(10);
      watch.begin();
      expect(environment.server.count).toBe(count + 2 * round);
    }
  });
});
