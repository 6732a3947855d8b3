import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';
import { type Outcome, runWorkers } from './workers.ts';

const POLICY = { initialMs: 100, maximumMs: 1000 };
const DEFAULT_BACKOFF = { initialMs: 7000, maximumMs: 7000 };

/** A reconcile that waits for a test to end it. */
interface Work {
  readonly key: string;
  readonly causes: readonly string[];
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

let clock: FakeClock;
let queue: WorkQueue<string>;
let works: Work[];
let reports: unknown[][];
let isDone: Promise<void>;

/** Starts workers whose reconciles a test ends by hand. */
function start(count: number): void {
  isDone = runWorkers({
    queue,
    count,
    clock,
    errorPolicy: (error) => (error instanceof TypeError ? DEFAULT_BACKOFF : POLICY),
    reconcile: ({ key, causes }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      works.push({ key, causes, resolve, reject });
      return promise;
    },
    onFailure: ({ key, id }, error, retryInMs) => reports.push(['failed', key, id, error, retryInMs]),
    observer: {
      begun: () => reports.push(['begun']),
      ended: (result, tookMs) => reports.push(['ended', result, tookMs]),
    },
  });
}

/** Lets the workers do all that they can. */
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The one reconcile that is to be in work, which is taken off the list. */
async function onlyWork(): Promise<Work> {
  await idle();
  expect(works).toHaveLength(1);
  const [work] = works.splice(0);
  if (work === undefined) throw new Error('nothing is in work');
  return work;
}

beforeEach(() => {
  clock = new FakeClock();
  clock.advance(1000);
  queue = new WorkQueue({ clock, random: () => 1 });
  works = [];
  reports = [];
});

describe('the outcome of a reconcile', () => {
  beforeEach(() => {
    start(1);
    queue.addAfterFailure('a', POLICY, 'retry');
    queue.add('a', 'changed');
  });

  it('done: the key does not come back, and its failures are forgotten', async () => {
    (await onlyWork()).resolve({ type: 'done' });
    await idle();
    expect([clock.delaysMs, queue.failures('a'), queue.processing]).toEqual([[], 0, 0]);
    expect(reports).toEqual([['begun'], ['ended', 'success', 0]]);
  });

  it('requeueAfter: the key comes back after that time for that cause, and its failures are forgotten', async () => {
    (await onlyWork()).resolve({ type: 'requeueAfter', afterMs: 500, cause: 'delay over' });
    await idle();
    expect([clock.delaysMs, queue.failures('a')]).toEqual([[500], 0]);
    clock.advance(500);
    expect((await onlyWork()).causes).toEqual(['delay over']);
    expect(reports).toEqual([['begun'], ['ended', 'requeue_after', 0], ['begun']]);
  });

  it('error: the key comes back after the backoff of its policy, which grows, and the failure is reported', async () => {
    const error = new Error('time-out');
    (await onlyWork()).resolve({ type: 'error', error });
    await idle();
    expect([clock.delaysMs, queue.failures('a')]).toEqual([[200], 2]);
    expect(reports).toEqual([['begun'], ['ended', 'error', 0], ['failed', 'a', 1, error, 200]]);
    clock.advance(200);
    expect((await onlyWork()).causes).toEqual(['retry']);
  });

  it('error: the key comes back after `atMostMs` where its backoff is longer', async () => {
    const error = new TypeError('forbidden');
    (await onlyWork()).resolve({ type: 'error', error, atMostMs: 300 });
    await idle();
    expect([clock.delaysMs, queue.failures('a')]).toEqual([[300], 2]);
    expect(reports.at(-1)).toEqual(['failed', 'a', 1, error, 300]);
  });

  it('a rejection: the key comes back after the default backoff, and the worker continues', async () => {
    const error = new TypeError('x is not a function');
    (await onlyWork()).reject(error);
    await idle();
    expect(clock.delaysMs).toEqual([7000]);
    expect(reports).toEqual([['begun'], ['ended', 'error', 0], ['failed', 'a', 1, error, 7000]]);
    queue.add('b', 'x');
    expect((await onlyWork()).key).toBe('b');
  });

  it('is reported with the time that it took', async () => {
    const work = await onlyWork();
    clock.advance(30);
    work.resolve({ type: 'done' });
    await idle();
    expect(reports.at(-1)).toEqual(['ended', 'success', 30]);
  });

  it('does not drop an event that comes meanwhile', async () => {
    const work = await onlyWork();
    queue.add('a', 'changed again');
    await idle();
    expect(works).toEqual([]);
    work.resolve({ type: 'done' });
    expect((await onlyWork()).causes).toEqual(['changed again']);
  });
});

describe('workers', () => {
  it('work on as many keys at once as there are of them', async () => {
    start(2);
    for (const key of ['a', 'b', 'c']) queue.add(key, 'x');
    await idle();
    expect(works.map(({ key }) => key)).toEqual(['a', 'b']);
    works[1]?.resolve({ type: 'done' });
    await idle();
    expect(works.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  it('end when the queue is shut down, after the reconciles that are under way', async () => {
    start(3);
    queue.add('a', 'x');
    queue.add('b', 'x');
    await idle();
    queue.shutDown();
    const order: string[] = [];
    void isDone.then(() => order.push('done'));
    for (const { key, resolve } of works) {
      await idle();
      order.push(key);
      resolve({ type: 'requeueAfter', afterMs: 1, cause: 'x' });
    }
    await isDone;
    expect(order).toEqual(['a', 'b', 'done']);
    expect([works.length, clock.delaysMs]).toEqual([2, []]);
  });
});
