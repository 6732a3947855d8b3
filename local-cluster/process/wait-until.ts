import { setTimeout as sleep } from 'node:timers/promises';

/** A condition did not come true within its time. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/** What is waited for: its name in the error message, how to ask, and for how long. */
export interface Wait<T> {
  /** Completes the sentence "gave up waiting for …". */
  readonly what: string;
  /** Gives undefined while the condition is not true yet; what it throws ends the wait. */
  readonly probe: () => Promise<T | undefined> | T | undefined;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
}

/** Asks again and again until the probe gives a value, and returns it; throws WaitTimeoutError or the signal's reason. */
export async function waitUntil<T>(wait: Wait<T>, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + wait.timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await wait.probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline) {
      throw new WaitTimeoutError(`gave up waiting for ${wait.what} after ${Math.round(wait.timeoutMs / 1000)} s`);
    }
    await pause(wait.intervalMs ?? 100, signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // The timer rejects with an error of its own; callers are to see why they were told to stop.
    signal?.throwIfAborted();
    throw error;
  }
}
