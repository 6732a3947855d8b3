import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.ts';
import { type WorkItem, WorkQueue } from './work-queue.ts';

const POLICY = { initialMs: 100, maximumMs: 1000 };
const highest = (): number => 1 - Number.EPSILON;

let clock: FakeClock;
let queue: WorkQueue<string>;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, random: highest });
});

/** Takes and completes all keys that are ready, and returns them. */
async function drain(): Promise<string[]> {
  const keys: string[] = [];
  while (queue.length > 0) {
    const item = await queue.take();
    if (item === undefined) break;
    keys.push(item.key);
    queue.done(item.key);
  }
  return keys;
}

/** Starts an idle worker and returns a list that receives its item. */
function idleWorker(): (WorkItem<string> | undefined)[] {
  const items: (WorkItem<string> | undefined)[] = [];
  void queue.take().then((item) => items.push(item));
  return items;
}

const flushMicrotasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a work queue', () => {
  it('returns keys in the order in which they were added', async () => {
    for (const key of ['c', 'a', 'b']) queue.add(key, 'x');
    expect(await drain()).toEqual(['c', 'a', 'b']);
  });

  it('deduplicates keys: a key keeps its place and collects each distinct cause', async () => {
    queue.add('a', 'spec changed');
    queue.add('b', 'added');
    queue.add('a', 'Pod updated');
    queue.add('a', 'spec changed');
    expect(queue.length).toBe(2);
    expect(await queue.take()).toMatchObject({ key: 'a', causes: ['spec changed', 'Pod updated'] });
    expect(await queue.take()).toMatchObject({ key: 'b', causes: ['added'] });
  });

  it('reports how long a key waited since it was first added', async () => {
    queue.add('a', 'x');
    clock.advance(30);
    queue.add('a', 'y');
    clock.advance(10);
    expect(await queue.take()).toMatchObject({ waitedMs: 40 });
  });

  it('blocks workers until keys are added, and serves them in the order in which they called take', async () => {
    const [first, second] = [idleWorker(), idleWorker()];
    queue.add('a', 'x');
    queue.add('b', 'x');
    await flushMicrotasks();
    expect(first).toEqual([{ key: 'a', id: 1, causes: ['x'], waitedMs: 0 }]);
    expect(second).toMatchObject([{ key: 'b', id: 2 }]);
    expect([queue.length, queue.processing]).toEqual([0, 2]);
  });
});

describe('a key that is processed', () => {
  it('is given to no other worker, and is requeued at the end if it was added in the meantime', async () => {
    queue.add('a', 'first');
    await queue.take();
    clock.advance(5);
    queue.add('a', 'second');
    queue.add('b', 'x');
    expect(queue.length).toBe(1);
    expect(await queue.take()).toMatchObject({ key: 'b' });
    const waiting = idleWorker();
    await flushMicrotasks();
    expect(waiting).toEqual([]);
    clock.advance(7);
    queue.done('a');
    await flushMicrotasks();
    expect(waiting).toEqual([{ key: 'a', id: 3, causes: ['second'], waitedMs: 7 }]);
  });

  it('is not requeued if it was not added in the meantime', async () => {
    queue.add('a', 'x');
    await queue.take();
    expect(queue.processing).toBe(1);
    queue.done('a');
    expect([queue.length, queue.processing]).toEqual([0, 0]);
  });

  it('can be added after a delay', async () => {
    queue.add('a', 'x');
    await queue.take();
    queue.addAfter('a', 100, 'y');
    queue.done('a');
    expect(queue.length).toBe(0);
    clock.advance(100);
    expect(await drain()).toEqual(['a']);
  });
});

describe('a delay', () => {
  it('enqueues the key once it has elapsed', async () => {
    queue.addAfter('a', 100, 'revisit');
    clock.advance(99);
    expect(queue.length).toBe(0);
    clock.advance(1);
    expect(await queue.take()).toEqual({ key: 'a', id: 1, causes: ['revisit'], waitedMs: 0 });
  });

  it.each([
    ['an earlier one', 100, 50, 50],
    ['a later one', 50, 100, 50],
  ])('is replaced only by one that is due earlier: %s', (_case, firstMs, secondMs, dueMs) => {
    queue.addAfter('a', firstMs, 'first');
    queue.addAfter('a', secondMs, 'second');
    expect(clock.delaysMs).toEqual([dueMs]);
  });

  it('of 0 ms enqueues the key immediately', async () => {
    queue.addAfter('a', 0, 'now');
    expect([queue.length, clock.delaysMs]).toEqual([1, []]);
    expect(await queue.take()).toMatchObject({ key: 'a', causes: ['now'] });
  });

  it('starts when it is requested', () => {
    queue.addAfter('a', 100, 'first');
    clock.advance(60);
    queue.addAfter('a', 50, 'second');
    expect(clock.delaysMs).toEqual([40]);
  });

  it('is canceled when the key is added before it has elapsed', async () => {
    queue.addAfter('a', 100, 'later');
    queue.add('a', 'now');
    expect(clock.delaysMs).toEqual([]);
    expect(await queue.take()).toMatchObject({ causes: ['now'] });
  });

  it('applies to one key only', () => {
    queue.addAfter('a', 100, 'x');
    queue.addAfter('b', 50, 'x');
    queue.add('b', 'now');
    expect(clock.delaysMs).toEqual([100]);
  });
});

describe('failures', () => {
  it('increase the delay of their key up to the maximum, until forget resets it', () => {
    const delays = Array.from({ length: 6 }, () => Math.round(queue.addAfterFailure('a', POLICY, 'retry')));
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect([queue.failures('a'), queue.failures('b')]).toEqual([6, 0]);
    queue.forget('a');
    expect(queue.failures('a')).toBe(0);
    expect(Math.round(queue.addAfterFailure('a', POLICY, 'retry'))).toBe(100);
  });

  it('enqueue the key after the delay that addAfterFailure returns', async () => {
    const delayMs = queue.addAfterFailure('a', POLICY, 'retry');
    expect(clock.delaysMs).toEqual([delayMs]);
    clock.advance(delayMs);
    expect(await queue.take()).toMatchObject({ key: 'a', causes: ['retry'] });
  });

  it('of a thousand keys are retried at ten per second after the first hundred', () => {
    const delays = Array.from({ length: 1000 }, (_, index) => queue.addAfterFailure(`failing-${index}`, POLICY, 'x'));
    const own = delays.slice(0, 101).map(Math.round);
    expect(new Set(own)).toEqual(new Set([100]));
    expect(delays.slice(101, 104)).toEqual([200, 300, 400]);
    expect(delays.at(-1)).toBe(90_000);
    clock.advance(10_000);
    expect(queue.length).toBe(200);
  });

  it('of other keys do not delay keys with events', async () => {
    for (let index = 0; index < 1000; index += 1) queue.addAfterFailure(`failing-${index}`, POLICY, 'retry');
    queue.add('failing-999', 'spec changed');
    queue.add('new', 'added');
    expect(await drain()).toEqual(['failing-999', 'new']);
  });
});

describe('a key whose delay has elapsed', () => {
  beforeEach(() => {
    for (const key of ['retry-1', 'retry-2', 'retry-3']) queue.addAfter(key, 100, 'retry');
    clock.advance(100);
  });

  it('waits behind keys with events', async () => {
    queue.add('event-1', 'x');
    queue.add('event-2', 'x');
    expect(await drain()).toEqual(['event-1', 'event-2', 'retry-1', 'retry-2', 'retry-3']);
  });

  it('is taken after every fourth event', async () => {
    for (let index = 1; index <= 9; index += 1) queue.add(`${index}`, 'x');
    expect(await drain()).toEqual(['1', '2', '3', '4', 'retry-1', '5', '6', '7', '8', 'retry-2', '9', 'retry-3']);
  });

  it('is upgraded by an event: it has both causes and goes to the end of the events', async () => {
    queue.add('event', 'x');
    queue.add('retry-2', 'spec changed');
    expect(queue.length).toBe(4);
    await queue.take();
    expect(await queue.take()).toMatchObject({ key: 'retry-2', causes: ['retry', 'spec changed'] });
    expect(await drain()).toEqual(['retry-1', 'retry-3']);
  });

  it('is requeued as an event if an event arrived while it was processed', async () => {
    await queue.take();
    queue.addAfter('retry-1', 5, 'retry');
    clock.advance(5);
    queue.add('retry-1', 'spec changed');
    queue.done('retry-1');
    expect(await drain()).toEqual(['retry-1', 'retry-2', 'retry-3']);
  });

  it('is not enqueued twice', async () => {
    queue.addAfter('retry-3', 5, 'repair due');
    clock.advance(5);
    expect(queue.length).toBe(3);
  });
});

describe('a queue that is shut down', () => {
  it('resolves take to undefined, for waiting and later workers', async () => {
    const [first, second] = [idleWorker(), idleWorker()];
    queue.shutDown();
    await flushMicrotasks();
    expect([first, second]).toStrictEqual([[undefined], [undefined]]);
    expect(await queue.take()).toBeUndefined();
  });

  it('drops waiting and delayed keys', async () => {
    queue.add('a', 'x');
    queue.addAfter('b', 100, 'x');
    queue.shutDown();
    expect([queue.length, clock.delaysMs]).toEqual([0, []]);
    expect(await queue.take()).toBeUndefined();
  });

  it('accepts no more keys', () => {
    queue.shutDown();
    queue.add('a', 'x');
    queue.addAfter('b', 1, 'x');
    queue.addAfterFailure('c', POLICY, 'retry');
    expect([queue.length, clock.delaysMs]).toEqual([0, []]);
  });

  it('lets workers finish, and requeues nothing', async () => {
    queue.add('a', 'x');
    await queue.take();
    queue.add('a', 'y');
    queue.shutDown();
    expect(queue.processing).toBe(1);
    queue.done('a');
    expect([queue.length, queue.processing]).toEqual([0, 0]);
  });
});

describe('the processing time', () => {
  it('is reported for each key that is processed', async () => {
    queue.add('a', 'x');
    queue.add('b', 'x');
    await queue.take();
    clock.advance(30);
    await queue.take();
    clock.advance(5);
    expect(queue.processingMs).toEqual([35, 5]);
    queue.done('a');
    expect(queue.processingMs).toEqual([5]);
  });
});

describe('the observer', () => {
  it('receives each key that is added, taken and done, each failure, and the depth', async () => {
    const calls: (string | number)[] = [];
    const observer = {
      added: () => calls.push('added'),
      retried: () => calls.push('retried'),
      depth: (length: number) => calls.push(length),
      taken: (waitedMs: number) => calls.push(`taken after ${waitedMs}`),
      done: (processingMs: number) => calls.push(`done after ${processingMs}`),
    };
    queue = new WorkQueue({ clock, random: highest, observer });
    queue.add('a', 'x');
    queue.add('a', 'y');
    queue.add('b', 'x');
    expect(calls.splice(0)).toEqual(['added', 1, 'added', 2]);
    clock.advance(20);
    await queue.take();
    queue.add('a', 'z');
    expect(calls.splice(0)).toEqual([1, 'taken after 20', 'added']);
    clock.advance(40);
    queue.done('a');
    queue.addAfterFailure('c', POLICY, 'retry');
    expect(calls.splice(0)).toEqual(['done after 40', 2, 'retried']);
    clock.advance(100);
    expect(calls.splice(0)).toEqual(['added', 3]);
    queue.shutDown();
    expect(calls).toEqual([0]);
  });
});
