import type { BackoffPolicy } from '../clock/backoff.ts';
import type { Clock } from '../clock/clock.ts';
import type { WorkItem, WorkQueue } from './work-queue.ts';

/** The outcome of a reconcile, which determines when its key is requeued. */
export type Outcome =
  /** Success: no requeue until the next event. */
  | { readonly type: 'done' }
  /** Success, and the key is requeued after `afterMs`. */
  | { readonly type: 'requeueAfter'; readonly afterMs: number; readonly cause: string }
  /** Failure: the key is requeued after a backoff, or after `atMostMs` if that is earlier. */
  | { readonly type: 'error'; readonly error: unknown; readonly atMostMs?: number };

/** Reconciles one key. A rejection is handled like the outcome `error`. */
export type Reconcile<Key> = (item: WorkItem<Key>) => Promise<Outcome>;

/** The results of a reconcile, as controller-runtime labels them. */
export const RECONCILE_RESULTS = ['success', 'requeue_after', 'error'] as const;

/** Receives the start, result and duration of each reconcile, for metrics. */
export interface WorkersObserver {
  started(): void;
  finished(result: (typeof RECONCILE_RESULTS)[number], tookMs: number): void;
}

/** The options of the workers. */
export interface WorkersOptions<Key> {
  readonly queue: WorkQueue<Key>;
  readonly reconcile: Reconcile<Key>;
  readonly count: number;
  readonly clock: Clock;
  /** Returns the backoff for an error. */
  readonly errorPolicy: (error: unknown) => BackoffPolicy;
  readonly onFailure: (item: WorkItem<Key>, error: unknown, retryInMs: number) => void;
  readonly observer?: WorkersObserver;
}

/** Runs `count` workers on the queue. Resolves when the queue is shut down and all workers are done. */
export async function runWorkers<Key>(options: WorkersOptions<Key>): Promise<void> {
  await Promise.all(Array.from({ length: options.count }, () => runWorker(options)));
}

async function runWorker<Key>(options: WorkersOptions<Key>): Promise<void> {
  for (let item = await options.queue.take(); item !== undefined; item = await options.queue.take()) {
    try {
      await reconcileItem(item, options);
    } finally {
      options.queue.done(item.key);
    }
  }
}

async function reconcileItem<Key>(item: WorkItem<Key>, options: WorkersOptions<Key>): Promise<void> {
  const { queue, clock, observer } = options;
  const startMs = clock.monotonicMs();
  observer?.started();
  const outcome: Outcome = await options.reconcile(item).catch((error: unknown) => ({ type: 'error', error }));
  const tookMs = clock.monotonicMs() - startMs;
  switch (outcome.type) {
    case 'done':
      queue.forget(item.key);
      observer?.finished('success', tookMs);
      break;
    case 'requeueAfter':
      queue.forget(item.key);
      queue.addAfter(item.key, outcome.afterMs, outcome.cause);
      observer?.finished('requeue_after', tookMs);
      break;
    case 'error': {
      const { error, atMostMs } = outcome;
      const retryInMs = queue.addAfterFailure(item.key, options.errorPolicy(error), 'retry');
      if (atMostMs !== undefined) queue.addAfter(item.key, atMostMs, 'delay over');
      observer?.finished('error', tookMs);
      options.onFailure(item, error, Math.min(retryInMs, atMostMs ?? retryInMs));
      break;
    }
  }
}
