import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.ts';
import { type WorkItem, WorkQueue } from './work-queue.ts';

const POLICY = { initialMs: 100, maximumMs: 1000 };
const most = (): number => 1 - Number.EPSILON;

let clock: FakeClock;
let queue: WorkQueue<string>;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, random: most });
});

/** The keys that can be taken now, each of them given back at once. */
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

/** What a worker that waits is handed, once it is. */
function wait(): (WorkItem<string> | undefined)[] {
  const handed: (WorkItem<string> | undefined)[] = [];
  void queue.take().then((item) => handed.push(item));
  return handed;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a queue', () => {
  it('hands keys out in the order in which they were added', async () => {
    for (const key of ['c', 'a', 'b']) queue.add(key, 'x');
    expect(await drain()).toEqual(['c', 'a', 'b']);
  });

  it('holds a key once, in its first place, with each distinct cause', async () => {
    queue.add('a', 'spec changed');
    queue.add('b', 'added');
    queue.add('a', 'Pod updated');
    queue.add('a', 'spec changed');
    expect(queue.length).toBe(2);
    expect(await queue.take()).toMatchObject({ key: 'a', causes: ['spec changed', 'Pod updated'] });
    expect(await queue.take()).toMatchObject({ key: 'b', causes: ['added'] });
  });

  it('tells how long a key waited since it was added first', async () => {
    queue.add('a', 'x');
    clock.advance(30);
    queue.add('a', 'y');
    clock.advance(10);
    expect(await queue.take()).toMatchObject({ waitedMs: 40 });
  });

  it('makes workers wait for keys, and serves them in the order in which they came', async () => {
    const [first, second] = [wait(), wait()];
    queue.add('a', 'x');
    queue.add('b', 'x');
    await settle();
    expect(first).toEqual([{ key: 'a', id: 1, causes: ['x'], waitedMs: 0 }]);
    expect(second).toMatchObject([{ key: 'b', id: 2 }]);
    expect([queue.length, queue.processing]).toEqual([0, 2]);
  });
});

describe('a key in work', () => {
  it('is handed to no other worker, and comes back at the end of the queue when it was added meanwhile', async () => {
    queue.add('a', 'first');
    await queue.take();
    clock.advance(5);
    queue.add('a', 'second');
    queue.add('b', 'x');
    expect(queue.length).toBe(1);
    expect(await queue.take()).toMatchObject({ key: 'b' });
    const waiting = wait();
    await settle();
    expect(waiting).toEqual([]);
    clock.advance(7);
    queue.done('a');
    await settle();
    expect(waiting).toEqual([{ key: 'a', id: 3, causes: ['second'], waitedMs: 7 }]);
  });

  it('is done with when nothing added it meanwhile', async () => {
    queue.add('a', 'x');
    await queue.take();
    expect(queue.processing).toBe(1);
    queue.done('a');
    expect([queue.length, queue.processing]).toEqual([0, 0]);
  });

  it('can be added later again', async () => {
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
  it('adds the key when it is over', async () => {
    queue.addAfter('a', 100, 'revisit');
    clock.advance(99);
    expect(queue.length).toBe(0);
    clock.advance(1);
    expect(await queue.take()).toEqual({ key: 'a', id: 1, causes: ['revisit'], waitedMs: 0 });
  });

  it.each([
    ['a sooner one', 100, 50, 50],
    ['a later one', 50, 100, 50],
  ])('gives way only to a sooner one: %s', (_case, firstMs, secondMs, dueMs) => {
    queue.addAfter('a', firstMs, 'first');
    queue.addAfter('a', secondMs, 'second');
    expect(clock.delaysMs).toEqual([dueMs]);
  });

  it('of no length is none', async () => {
    queue.addAfter('a', 0, 'now');
    expect([queue.length, clock.delaysMs]).toEqual([1, []]);
    expect(await queue.take()).toMatchObject({ key: 'a', causes: ['now'] });
  });

  it('counts from when it was asked for', () => {
    queue.addAfter('a', 100, 'first');
    clock.advance(60);
    queue.addAfter('a', 50, 'second');
    expect(clock.delaysMs).toEqual([40]);
  });

  it('is dropped when the key is added before it is over', async () => {
    queue.addAfter('a', 100, 'later');
    queue.add('a', 'now');
    expect(clock.delaysMs).toEqual([]);
    expect(await queue.take()).toMatchObject({ causes: ['now'] });
  });

  it('is of one key alone', () => {
    queue.addAfter('a', 100, 'x');
    queue.addAfter('b', 50, 'x');
    queue.add('b', 'now');
    expect(clock.delaysMs).toEqual([100]);
  });
});

describe('failures', () => {
  it('make the delay grow to its maximum, key by key, until they are forgotten', () => {
    const delays = Array.from({ length: 6 }, () => Math.round(queue.addAfterFailure('a', POLICY, 'retry')));
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect([queue.failures('a'), queue.failures('b')]).toEqual([6, 0]);
    queue.forget('a');
    expect(queue.failures('a')).toBe(0);
    expect(Math.round(queue.addAfterFailure('a', POLICY, 'retry'))).toBe(100);
  });

  it('add the key after the delay that they tell', async () => {
    const delayMs = queue.addAfterFailure('a', POLICY, 'retry');
    expect(clock.delaysMs).toEqual([delayMs]);
    clock.advance(delayMs);
    expect(await queue.take()).toMatchObject({ key: 'a', causes: ['retry'] });
  });

  it('of a thousand keys are retried ten a second after the first hundred', () => {
    const delays = Array.from({ length: 1000 }, (_, index) => queue.addAfterFailure(`failing-${index}`, POLICY, 'x'));
    const own = delays.slice(0, 101).map(Math.round);
    expect(new Set(own)).toEqual(new Set([100]));
    expect(delays.slice(101, 104)).toEqual([200, 300, 400]);
    expect(delays.at(-1)).toBe(90_000);
    clock.advance(10_000);
    expect(queue.length).toBe(200);
  });

  it('of others do not delay what has changed', async () => {
    for (let index = 0; index < 1000; index += 1) queue.addAfterFailure(`failing-${index}`, POLICY, 'retry');
    queue.add('failing-999', 'spec changed');
    queue.add('new', 'added');
    expect(await drain()).toEqual(['failing-999', 'new']);
  });
});

describe('a key whose delay is over', () => {
  beforeEach(() => {
    for (const key of ['due-1', 'due-2', 'due-3']) queue.addAfter(key, 100, 'retry');
    clock.advance(100);
  });

  it('waits for those that have changed since', async () => {
    queue.add('changed-1', 'x');
    queue.add('changed-2', 'x');
    expect(await drain()).toEqual(['changed-1', 'changed-2', 'due-1', 'due-2', 'due-3']);
  });

  it('is let in after every fourth of them all the same', async () => {
    for (let index = 1; index <= 9; index += 1) queue.add(`${index}`, 'x');
    expect(await drain()).toEqual(['1', '2', '3', '4', 'due-1', '5', '6', '7', '8', 'due-2', '9', 'due-3']);
  });

  it('is one of them when it changes too, with both causes, at their end', async () => {
    queue.add('changed', 'x');
    queue.add('due-2', 'spec changed');
    expect(queue.length).toBe(4);
    await queue.take();
    expect(await queue.take()).toMatchObject({ key: 'due-2', causes: ['retry', 'spec changed'] });
    expect(await drain()).toEqual(['due-1', 'due-3']);
  });

  it('comes back as changed when it changed while it was in work', async () => {
    await queue.take();
    queue.addAfter('due-1', 5, 'retry');
    clock.advance(5);
    queue.add('due-1', 'spec changed');
    queue.done('due-1');
    expect(await drain()).toEqual(['due-1', 'due-2', 'due-3']);
  });

  it('is not due twice', async () => {
    queue.addAfter('due-3', 5, 'repair due');
    clock.advance(5);
    expect(queue.length).toBe(3);
  });
});

describe('a queue that is shut down', () => {
  it('sends waiting workers and later ones home', async () => {
    const [first, second] = [wait(), wait()];
    queue.shutDown();
    await settle();
    expect([first, second]).toStrictEqual([[undefined], [undefined]]);
    expect(await queue.take()).toBeUndefined();
  });

  it('drops what waits and what is delayed', async () => {
    queue.add('a', 'x');
    queue.addAfter('b', 100, 'x');
    queue.shutDown();
    expect([queue.length, clock.delaysMs]).toEqual([0, []]);
    expect(await queue.take()).toBeUndefined();
  });

  it('takes no more keys', () => {
    queue.shutDown();
    queue.add('a', 'x');
    queue.addAfter('b', 1, 'x');
    queue.addAfterFailure('c', POLICY, 'retry');
    expect([queue.length, clock.delaysMs]).toEqual([0, []]);
  });

  it('lets work be finished, and does not begin it again', async () => {
    queue.add('a', 'x');
    await queue.take();
    queue.add('a', 'y');
    queue.shutDown();
    expect(queue.processing).toBe(1);
    queue.done('a');
    expect([queue.length, queue.processing]).toEqual([0, 0]);
  });
});

describe('the time in work', () => {
  it('is known of each key that is in work', async () => {
    queue.add('a', 'x');
    queue.add('b', 'x');
    await queue.take();
    clock.advance(30);
    await queue.take();
    clock.advance(5);
    expect(queue.workedMs).toEqual([35, 5]);
    queue.done('a');
    expect(queue.workedMs).toEqual([5]);
  });
});

describe('the observer', () => {
  it('is told of each key that is added, taken and done, of each failure, and of the depth', async () => {
    const calls: (string | number)[] = [];
    const observer = {
      added: () => calls.push('added'),
      retried: () => calls.push('retried'),
      depth: (length: number) => calls.push(length),
      taken: (waitedMs: number) => calls.push(`taken after ${waitedMs}`),
      done: (workedMs: number) => calls.push(`done after ${workedMs}`),
    };
    queue = new WorkQueue({ clock, random: most, observer });
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
