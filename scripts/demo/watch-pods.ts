import { setTimeout as sleep } from 'node:timers/promises';
import { listCurrentPods } from './current-pods.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { DemoError } from './demo-error.ts';
import { podProblem } from './pod-problems.ts';
import { log } from './progress.ts';
import { UnavailableImages } from './unavailable-images.ts';

const INTERVAL_MS = 3000;

type WatchedCluster = Pick<DemoCluster, 'get' | 'imageTags'>;

/**
 * Runs an action that waits for pods of a namespace, and logs meanwhile why pods do not run. Aborts the action with a DemoError if
 * a node cannot get an image, since waiting does not help then.
 */
export async function withPodProgress<T>(
  cluster: WatchedCluster,
  namespace: string,
  action: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const failed = new AbortController();
  const finished = new AbortController();
  const watching = watch(cluster, namespace, AbortSignal.any([signal, finished.signal])).catch((error: unknown) => {
    if (!finished.signal.aborted) failed.abort(error);
  });
  try {
    return await action(AbortSignal.any([signal, failed.signal]));
  } finally {
    finished.abort();
    await watching;
  }
}

async function watch(cluster: WatchedCluster, namespace: string, signal: AbortSignal): Promise<never> {
  const known = new Set<string>();
  const images = new UnavailableImages(cluster.imageTags);
  for (;;) {
    await sleep(INTERVAL_MS, undefined, { signal });
    const pods = await listCurrentPods(cluster, namespace, signal);
    for (const problem of pods.flatMap((pod) => podProblem(pod) ?? [])) {
      if (!known.has(problem)) log(`  ${problem}`);
      known.add(problem);
    }
    const image = images.observe(pods, performance.now());
    if (image !== undefined) throw new DemoError(cannotGet(image));
  }
}

function cannotGet(image: string): string {
  return (
    `The nodes cannot get ${image}; the reason is above. If they cannot reach the registry, choose another one with --registry. ` +
    'If it needs credentials, create a pull secret in the namespace and add --set "imagePullSecrets[0].name=SECRET".'
  );
}
