import { setTimeout as pause } from 'node:timers/promises';

/** The interval grows during a long wait, so that the checks do not slow down what they wait for. */
const INTERVAL_MS = { first: 10, last: 250, growth: 1.3 };
const DEADLINE_MS = 30_000;

/** Repeats assertions until they pass. Resolves to their return value, or rejects with the last failure at the deadline. */
export async function eventually<T>(assertions: () => T | Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (let intervalMs = INTERVAL_MS.first; ; intervalMs = Math.min(INTERVAL_MS.last, intervalMs * INTERVAL_MS.growth)) {
    try {
      return await assertions();
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
    await pause(intervalMs);
  }
}

/** Resolves once `sample` has returned the same value for `quietMs`. Rejects if the value keeps changing. */
export async function settled(
  sample: () => number | Promise<number>,
  { quietMs, deadlineMs = DEADLINE_MS }: { quietMs: number; deadlineMs?: number },
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  let last = await sample();
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < quietMs) {
    await pause(INTERVAL_MS.first);
    const value = await sample();
    if (value === last) continue;
    if (performance.now() > endMs) throw new Error(`the value keeps changing: ${last} became ${value}`);
    last = value;
    sinceMs = performance.now();
  }
}
