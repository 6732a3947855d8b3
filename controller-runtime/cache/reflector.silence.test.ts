import { describe, expect, it } from '@jest/globals';
import type { Exchange } from '../testing/fake-server.ts';
import { bookmark, listOf, setUpReflectorTestEnvironment, thing } from '../testing/reflector-test-environment.ts';

/** Two bookmarks, one a minute, and twenty seconds. */
const MAX_SILENCE_MS = 140_000;
const MAX_INITIAL_SILENCE_MS = 30_000;

const environment = setUpReflectorTestEnvironment();

/** Starts a reflector and opens a watch that begins with the initial list. */
async function openStream(): Promise<Exchange> {
  environment.start();
  const stream = await environment.nextStream();
  stream.begin();
  return stream;
}

/** Advances the clock to just before a limit and checks that the watch is still open, then to the limit. */
async function exceed(limitMs: number, watch: Exchange): Promise<void> {
  expect(await environment.clock.untilScheduled()).toEqual([limitMs]);
  environment.clock.advance(limitMs - 1);
  expect(environment.clock.delaysMs).toEqual([1]);
  environment.clock.advance(1);
  await watch.closed;
}

describe('a watch whose connection dies without a word is resumed after 140 seconds', () => {
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
    await exceed(MAX_SILENCE_MS, watch);
    expect(await environment.waitOut()).toBe(100);
    await environment.nextWatch(resourceVersion);
    expect(environment.log.messages).toEqual(['info: the watch was interrupted; resuming']);
  });

  it('while bytes trickle in that never make up an event', async () => {
    const watch = await environment.startWatching();
    for (const piece of ['{"type":', '"MODIFIED",', '"object":']) {
      environment.clock.advance(46_000);
      await watch.write(piece);
    }
    expect(await environment.clock.untilScheduled()).toEqual([2000]);
    environment.clock.advance(2000);
    await watch.closed;
  });

  it('a resumed watch as well', async () => {
    await exceed(MAX_SILENCE_MS, await environment.startStreaming());
    await environment.waitOut();
    const resumed = await environment.nextWatch(20);
    resumed.begin();
    await exceed(MAX_SILENCE_MS, resumed);
  });
});

describe('an initial list that stops while it is streamed is listed instead after 30 seconds', () => {
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
    await exceed(MAX_INITIAL_SILENCE_MS, stream);
    expect(await environment.waitOut()).toBe(100);
    expect((await environment.server.next()).request.query).toEqual({ limit: '500' });
  });

  it('and streamed again the next time: a dead connection is no refusal', async () => {
    await exceed(MAX_INITIAL_SILENCE_MS, await openStream());
    await environment.waitOut();
    (await environment.server.next()).answer(200, listOf(10, []));
    (await environment.nextWatch(10)).refuse(410);
    await environment.waitOut();
    await environment.nextStream();
  });
});

describe('a quiet watch', () => {
  it('is left open for hours while it receives a bookmark a minute', async () => {
    const watch = await environment.startWatching();
    for (let minute = 1; minute <= 180; minute += 1) {
      environment.clock.advance(62_000);
      watch.writeEvent('BOOKMARK', bookmark(10 + minute));
      await environment.received(minute);
    }
    expect(environment.server.count).toBe(3);
  });

  it('is left open when one bookmark is missing', async () => {
    const watch = await environment.startWatching();
    for (let event = 1; event <= 10; event += 1) {
      environment.clock.advance(125_000);
      watch.writeEvent('BOOKMARK', bookmark(10 + event));
      await environment.received(event);
    }
    expect(environment.server.count).toBe(3);
  });

  it('is resumed by one request each time, without a list and without a growing wait, on a server without bookmarks', async () => {
    let watch = await environment.startWatching();
    const { count } = environment.server;
    for (let round = 1; round <= 10; round += 1) {
      await exceed(MAX_SILENCE_MS, watch);
      expect(await environment.waitOut()).toBe(100);
      watch = await environment.nextWatch(10);
      watch.begin();
      expect(environment.server.count).toBe(count + round);
    }
  });
});
