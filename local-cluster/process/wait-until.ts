import { setTimeout as sleep } from 'node:timers/promises';

/** A condition that was not met in time. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/** A condition to wait for. */
export interface Wait<T> {
  /** Completes the message "timed out waiting for …". */
  readonly what: string;
  /** Returns undefined while the condition is not met; an error ends the wait. */
  readonly probe: () => Promise<T | undefined> | T | undefined;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
}

/** Polls until the probe returns a value, and returns it; throws WaitTimeoutError or the signal's reason. */
export async function waitUntil<T>(wait: Wait<T>, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + wait.timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await wait.probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline) {
      throw new WaitTimeoutError(`timed out waiting for ${wait.what} after ${Math.round(wait.timeoutMs / 1000)} s`);
    }
    await pause(wait.intervalMs ?? 100, signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // The timer rejects with its own error; callers need the reason of the signal.
    signal?.throwIfAborted();
    throw error;
  }
}
