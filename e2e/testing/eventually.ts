import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 250;

/**
 * Repeats assertions until they hold, and gives what they return; rejects with the last failure when they do not within
 * the time.
 */
export async function eventually<T>(assertions: () => Promise<T>, timeoutSeconds = 60): Promise<T> {
  const deadlineMs = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await sleep(INTERVAL_MS);
  }
}
