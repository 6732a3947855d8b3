import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';
import { type Outcome, runWorkers } from './workers.ts';

const POLICY = { initialMs: 100, maximumMs: 1000 };
const DEFAULT_BACKOFF = { initialMs: 7000, maximumMs: 7000 };

/** A reconcile in progress, which the test completes. */
interface PendingReconcile {
  readonly key: string;
  readonly causes: readonly string[];
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

let clock: FakeClock;
let queue: WorkQueue<string>;
let pending: PendingReconcile[];
let reports: unknown[][];
let isDone: Promise<void>;

/** Starts workers whose reconciles the test completes. */
function start(count: number): void {
  isDone = runWorkers({
    queue,
    count,
    clock,
    errorPolicy: (error) => (error instanceof TypeError ? DEFAULT_BACKOFF : POLICY),
    reconcile: ({ key, causes }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      pending.push({ key, causes, resolve, reject });
      return promise;
    },
    onFailure: ({ key, id }, error, retryInMs) => reports.push(['failed', key, id, error, retryInMs]),
    observer: {
      started: () => reports.push(['started']),
      finished: (result, tookMs) => reports.push(['finished', result, tookMs]),
    },
  });
}

/** Resolves once the workers are idle. */
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Expects exactly one reconcile in progress, and removes it from the list. */
async function onlyReconcile(): Promise<PendingReconcile> {
  await idle();
  expect(pending).toHaveLength(1);
  const [reconcile] = pending.splice(0);
  if (reconcile === undefined) throw new Error('no reconcile is in progress');
  return reconcile;
}

beforeEach(() => {
  clock = new FakeClock();
  clock.advance(1000);
  queue = new WorkQueue({ clock, random: () => 1 });
  pending = [];
  reports = [];
});

describe('the outcome of a reconcile', () => {
  beforeEach(() => {
    start(1);
    queue.addAfterFailure('a', POLICY, 'retry');
    queue.add('a', 'changed');
  });

  it('done: the key is not requeued, and its failure count is reset', async () => {
    (await onlyReconcile()).resolve({ type: 'done' });
    await idle();
    expect([clock.delaysMs, queue.failures('a'), queue.processing]).toEqual([[], 0, 0]);
    expect(reports).toEqual([['started'], ['finished', 'success', 0]]);
  });

  it('requeueAfter: the key is requeued after that delay with that cause, and its failure count is reset', async () => {
    (await onlyReconcile()).resolve({ type: 'requeueAfter', afterMs: 500, cause: 'delay over' });
    await idle();
    expect([clock.delaysMs, queue.failures('a')]).toEqual([[500], 0]);
    clock.advance(500);
    expect((await onlyReconcile()).causes).toEqual(['delay over']);
    expect(reports).toEqual([['started'], ['finished', 'requeue_after', 0], ['started']]);
  });

  it('error: the key is requeued after a growing backoff, and the failure is reported', async () => {
    const error = new Error('time-out');
    (await onlyReconcile()).resolve({ type: 'error', error });
    await idle();
    expect([clock.delaysMs, queue.failures('a')]).toEqual([[200], 2]);
    expect(reports).toEqual([['started'], ['finished', 'error', 0], ['failed', 'a', 1, error, 200]]);
    clock.advance(200);
    expect((await onlyReconcile()).causes).toEqual(['retry']);
  });

  it('error: the key is requeued after `atMostMs` if its backoff is longer', async () => {
    const error = new TypeError('forbidden');
    (await onlyReconcile()).resolve({ type: 'error', error, atMostMs: 300 });
    await idle();
    expect([clock.delaysMs, queue.failures('a')]).toEqual([[300], 2]);
    expect(reports.at(-1)).toEqual(['failed', 'a', 1, error, 300]);
  });

  it('a rejection: the key is requeued after the backoff of the error policy, and the worker continues', async () => {
    const error = new TypeError('x is not a function');
    (await onlyReconcile()).reject(error);
    await idle();
    expect(clock.delaysMs).toEqual([7000]);
    expect(reports).toEqual([['started'], ['finished', 'error', 0], ['failed', 'a', 1, error, 7000]]);
    queue.add('b', 'x');
    expect((await onlyReconcile()).key).toBe('b');
  });

  it('is reported with its duration', async () => {
    const reconcile = await onlyReconcile();
    clock.advance(30);
    reconcile.resolve({ type: 'done' });
    await idle();
    expect(reports.at(-1)).toEqual(['finished', 'success', 30]);
  });

  it('does not drop an event that arrives during the reconcile', async () => {
    const reconcile = await onlyReconcile();
    queue.add('a', 'changed again');
    await idle();
    expect(pending).toEqual([]);
    reconcile.resolve({ type: 'done' });
    expect((await onlyReconcile()).causes).toEqual(['changed again']);
  });
});

describe('workers', () => {
  it('reconcile as many keys concurrently as there are workers', async () => {
    start(2);
    for (const key of ['a', 'b', 'c']) queue.add(key, 'x');
    await idle();
    expect(pending.map(({ key }) => key)).toEqual(['a', 'b']);
    pending[1]?.resolve({ type: 'done' });
    await idle();
    expect(pending.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  it('stop when the queue is shut down, after the reconciles in progress', async () => {
    start(3);
    queue.add('a', 'x');
    queue.add('b', 'x');
    await idle();
    queue.shutDown();
    const order: string[] = [];
    void isDone.then(() => order.push('done'));
    for (const { key, resolve } of pending) {
      await idle();
      order.push(key);
      resolve({ type: 'requeueAfter', afterMs: 1, cause: 'x' });
    }
    await isDone;
    expect(order).toEqual(['a', 'b', 'done']);
    expect([pending.length, clock.delaysMs]).toEqual([2, []]);
  });
});
