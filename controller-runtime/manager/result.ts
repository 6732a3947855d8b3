import type { AppliedChild, ApplyResult } from '../apply/apply-result.ts';
import { isConflict, type RequestError } from '../client/errors.ts';
import type { BackoffPolicy } from '../clock/backoff.ts';
import type { Outcome } from '../queue/workers.ts';

/** The result of a reconcile: done until the next event, requeued after a delay, or failed. */
export type Result = Outcome;

/** The backoff for transient errors, as in controller-runtime. */
export const DEFAULT_POLICY: BackoffPolicy = { initialMs: 100, maximumMs: 60_000 };

/** The watch event of the current owner causes a reconcile of a stale one; this delay is a fallback. */
const STALE_RETRY_MS = 5_000;

/** No event of an object whose name differs from the owner's tells that it no longer conflicts. A look costs no request. */
const NAME_CONFLICT_RETRY_MS = 10_000;

/** How an error is retried. */
export type ErrorPolicy = (error: unknown) => BackoffPolicy;

/** Says whether a cache was behind when an owner's objects were applied: no status is to be computed from that. */
export function isCacheBehind(children: readonly AppliedChild[]): boolean {
  return children.some(
    ({ result }) => result.type === 'stale' || (result.type === 'failed' && isConflict(result.error)),
  );
}

/**
 * Returns the result of a reconcile that has applied an owner's objects. If a write failed: the error with the shortest
 * backoff, retried no later than after the shortest delay. Otherwise: requeued after the shortest delay, or done.
 */
export function resultOf(
  children: readonly AppliedChild[],
  { errorPolicy = () => DEFAULT_POLICY, delayMs = 0 }: { errorPolicy?: ErrorPolicy; delayMs?: number } = {},
): Result {
  const results = children.map(({ result }) => result);
  if (results.some(({ type }) => type === 'stale')) {
    return { type: 'requeueAfter', afterMs: STALE_RETRY_MS, cause: 'stale resource' };
  }
  const [error] = errorsOf(results).toSorted((a, b) => errorPolicy(a).initialMs - errorPolicy(b).initialMs);
  const delays = results.flatMap(delayOf);
  if (delayMs > 0) delays.push(delayMs);
  const afterMs = Math.min(...delays);
  if (error !== undefined) return { type: 'error', error, ...(delays.length === 0 ? {} : { atMostMs: afterMs }) };
  return delays.length === 0 ? { type: 'done' } : { type: 'requeueAfter', afterMs, cause: 'delay over' };
}

function errorsOf(results: readonly ApplyResult[]): readonly RequestError[] {
  return results.flatMap((result) => (result.type === 'failed' ? [result.error] : []));
}

function delayOf(result: ApplyResult): readonly number[] {
  if (result.type === 'nameConflict') return [NAME_CONFLICT_RETRY_MS];
  return 'retryAfterMs' in result ? [result.retryAfterMs] : [];
}
