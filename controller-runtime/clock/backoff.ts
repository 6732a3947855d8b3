/** How delays grow with each failure in a row. */
export interface BackoffPolicy {
  readonly initialMs: number;
  readonly maximumMs: number;
}

/** Numbers from 0 (included) to 1 (excluded), as Math.random gives them. */
export type Random = () => number;

/**
 * The delay in milliseconds before the next try, after `failures` (at least 1) in a row: it doubles each time up to the
 * maximum, and is drawn from its upper half, so that what failed together does not come back together.
 */
export function computeBackoffMs(policy: BackoffPolicy, failures: number, random: Random): number {
  const doublings = Math.min(failures - 1, 52);
  const ceiling = Math.min(policy.maximumMs, policy.initialMs * 2 ** doublings);
  return ceiling / 2 + (random() * ceiling) / 2;
}
