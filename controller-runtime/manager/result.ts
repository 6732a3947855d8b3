import type { ApplyResult } from '../apply/apply-result.ts';
import { isConflict, type RequestError } from '../client/errors.ts';
import type { BackoffPolicy } from '../clock/backoff.ts';
import type { Outcome } from '../queue/workers.ts';

/** The result of a reconcile: done until the next event, requeued after a delay, or failed. */
export type Result = Outcome;

/** The backoff for transient errors, as in controller-runtime. */
export const DEFAULT_POLICY: BackoffPolicy = { initialMs: 100, maximumMs: 60_000 };

/** The watch event of the current owner causes a reconcile of a stale one; this delay is a fallback. */
const STALE_RETRY_MS = 5_000;

/** Returns the backoff for an error. */
export type ErrorPolicy = (error: unknown) => BackoffPolicy;

/** Returns whether a cache was stale when an owner's objects were applied. The caller then writes no status. */
export function isCacheBehind(results: readonly ApplyResult[]): boolean {
  return results.some((result) => result.type === 'stale' || (result.type === 'failed' && isConflict(result.error)));
}

/**
 * Returns the result of a reconcile that has applied an owner's objects. If a write failed: the error with the shortest
 * backoff, retried no later than after the shortest delay. Otherwise: requeued after the shortest delay, or done.
 */
export function resultOf(
  results: readonly ApplyResult[],
  { errorPolicy = () => DEFAULT_POLICY, delayMs = 0 }: { errorPolicy?: ErrorPolicy; delayMs?: number } = {},
): Result {
  if (results.some(({ type }) => type === 'stale')) {
    return { type: 'requeueAfter', afterMs: STALE_RETRY_MS, cause: 'stale resource' };
  }
  const [error] = errorsOf(results).toSorted((a, b) => errorPolicy(a).initialMs - errorPolicy(b).initialMs);
  const delays = results.flatMap((result) => ('retryAfterMs' in result ? [result.retryAfterMs] : []));
  if (delayMs > 0) delays.push(delayMs);
  const afterMs = Math.min(...delays);
  if (error !== undefined) return { type: 'error', error, ...(delays.length === 0 ? {} : { atMostMs: afterMs }) };
  return delays.length === 0 ? { type: 'done' } : { type: 'requeueAfter', afterMs, cause: 'delay over' };
}

function errorsOf(results: readonly ApplyResult[]): readonly RequestError[] {
  return results.flatMap((result) => (result.type === 'failed' ? [result.error] : []));
}
