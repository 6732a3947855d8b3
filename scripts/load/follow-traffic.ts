import { setTimeout as sleep } from 'node:timers/promises';
import { type Kubectl, KubectlError } from './kubectl.ts';
import { LoadFailedError } from './load-failed-error.ts';
import { LOAD_CONTAINER } from './load-pod.ts';
import { parseTraffic, type Traffic } from './traffic.ts';

const RETRY_MS = 1_000;
/** For a pod that starts slowly, or a restart of the API server. */
const LIMIT_MS = 150_000;

/**
 * Follows the log of the load pod until it has sent all requests, or until the signal. When the log ends early, for
 * instance since the API server restarts, it is read again, and each second is reported once. Throws when there is no new
 * line for two and a half minutes, and when the log may not be read.
 */
export async function followTraffic(
  kubectl: Kubectl,
  podName: string,
  onTraffic: (traffic: Traffic) => void,
  signal: AbortSignal,
): Promise<void> {
  const read = { lastSecond: 0, lastLineMs: performance.now(), isDone: false };
  const onLine = (line: string): void => {
    const traffic = parseTraffic(line);
    if (traffic === 'done') {
      read.isDone = true;
    } else if (traffic !== undefined && traffic.second > read.lastSecond) {
      read.lastSecond = traffic.second;
      read.lastLineMs = performance.now();
      onTraffic(traffic);
    }
  };
  for (;;) {
    try {
      await kubectl.lines(['logs', podName, '--container', LOAD_CONTAINER, '--follow'], onLine, signal);
    } catch (error) {
      // Before the container starts, and while the API server or the kubelet is unavailable.
      if (!(error instanceof KubectlError) || isFinal(error, read.lastLineMs)) throw error;
    }
    if (read.isDone) return;
    if (isLate(read.lastLineMs)) throw new LoadFailedError(`The log of the load pod ${podName} ends before the load.`);
    await sleep(RETRY_MS, undefined, { signal });
  }
}

function isFinal({ message }: KubectlError, lastLineMs: number): boolean {
  return message.includes('(Forbidden)') || isLate(lastLineMs);
}

function isLate(lastLineMs: number): boolean {
  return performance.now() - lastLineMs > LIMIT_MS;
}
