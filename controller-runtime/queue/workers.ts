import type { BackoffPolicy } from '../clock/backoff.ts';
import type { Clock } from '../clock/clock.ts';
import type { WorkItem, WorkQueue } from './work-queue.ts';

/** What a reconcile came to, which decides when its key is worked on again. */
export type Outcome =
  /** All is as it should be: nothing to do until something changes. */
  | { readonly type: 'done' }
  /** Nothing failed, but it is to be reconciled again after that time. */
  | { readonly type: 'requeueAfter'; readonly afterMs: number; readonly cause: string }
  /** It failed: to be tried again with growing delays. */
  | { readonly type: 'error'; readonly policy: BackoffPolicy; readonly error: unknown };

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
  const outcome = await options
    .reconcile(item)
    .catch((error: unknown) => ({ type: 'error' as const, policy: options.errorPolicy(error), error }));
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
      const retryInMs = queue.addAfterFailure(item.key, outcome.policy, 'retry');
      observer?.ended('error', tookMs);
      options.onFailure(item, outcome.error, retryInMs);
      break;
    }
  }
}
