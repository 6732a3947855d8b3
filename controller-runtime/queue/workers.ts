import type { BackoffPolicy } from '../clock/backoff.ts';
import type { Clock } from '../clock/clock.ts';
import type { WorkItem, WorkQueue } from './work-queue.ts';

/** What a reconcile came to, which decides when its key is worked on again. */
export type Outcome =
  /** All is as it should be: nothing to do until something changes. */
  | { readonly type: 'done' }
  /** Nothing failed, but it is to be reconciled again after that time. */
  | { readonly type: 'requeueAfter'; readonly afterMs: number; readonly cause: string }
  /** It failed: to be retried with growing delays, and not later than after `atMostMs`. */
  | { readonly type: 'error'; readonly error: unknown; readonly atMostMs?: number };

/** Does the work of one key; a rejection is retried as the error policy says. */
export type Reconcile<Key> = (item: WorkItem<Key>) => Promise<Outcome>;

/** How a reconcile can end, in controller-runtime's words. */
export const RECONCILE_RESULTS = ['success', 'requeue_after', 'error'] as const;

/** Is told of each reconcile: how it ended and how long it took, for metrics. */
export interface WorkersObserver {
  begun(): void;
  ended(result: (typeof RECONCILE_RESULTS)[number], tookMs: number): void;
}

/** What workers need. */
export interface WorkersOptions<Key> {
  readonly queue: WorkQueue<Key>;
  readonly reconcile: Reconcile<Key>;
  readonly count: number;
  readonly clock: Clock;
  /** How a rejection is retried. */
  readonly errorPolicy: (error: unknown) => BackoffPolicy;
  readonly onFailure: (item: WorkItem<Key>, error: unknown, retryInMs: number) => void;
  readonly observer?: WorkersObserver;
}

/** Runs `count` workers over the queue; resolves when it is shut down and what was in work is done. */
export async function runWorkers<Key>(options: WorkersOptions<Key>): Promise<void> {
  await Promise.all(Array.from({ length: options.count }, () => runWorker(options)));
}

async function runWorker<Key>(options: WorkersOptions<Key>): Promise<void> {
  for (let item = await options.queue.take(); item !== undefined; item = await options.queue.take()) {
    try {
      await workOn(item, options);
    } finally {
      options.queue.done(item.key);
    }
  }
}

async function workOn<Key>(item: WorkItem<Key>, options: WorkersOptions<Key>): Promise<void> {
  const { queue, clock, observer } = options;
  const begunMs = clock.monotonicMs();
  observer?.begun();
  const outcome: Outcome = await options.reconcile(item).catch((error: unknown) => ({ type: 'error', error }));
  const tookMs = clock.monotonicMs() - begunMs;
  switch (outcome.type) {
    case 'done':
      queue.forget(item.key);
      observer?.ended('success', tookMs);
      break;
    case 'requeueAfter':
      queue.forget(item.key);
      queue.addAfter(item.key, outcome.afterMs, outcome.cause);
      observer?.ended('requeue_after', tookMs);
      break;
    case 'error': {
      const { error, atMostMs } = outcome;
      const retryInMs = queue.addAfterFailure(item.key, options.errorPolicy(error), 'retry');
      if (atMostMs !== undefined) queue.addAfter(item.key, atMostMs, 'delay over');
      observer?.ended('error', tookMs);
      options.onFailure(item, error, Math.min(retryInMs, atMostMs ?? retryInMs));
      break;
    }
  }
}
