/** How the delay grows with each consecutive failure. */
export interface BackoffPolicy {
  readonly initialMs: number;
  readonly maximumMs: number;
}

/** Returns a number from 0 (inclusive) to 1 (exclusive), like Math.random. */
export type Random = () => number;

/**
 * Returns the delay in milliseconds before the next retry after `failures` (at least 1) consecutive failures. The delay
 * doubles each time up to the maximum. The upper half is jitter, which spreads out retries of simultaneous failures.
 */
export function computeBackoffMs(policy: BackoffPolicy, failures: number, random: Random): number {
  const doublings = Math.min(failures - 1, 52);
  const ceiling = Math.min(policy.maximumMs, policy.initialMs * 2 ** doublings);
  return ceiling / 2 + (random() * ceiling) / 2;
}
