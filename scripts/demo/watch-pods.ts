import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailedError } from '../../local-cluster/process/run-command.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { DemoError } from './demo-error.ts';
import { podProblem, type PodState } from './pod-problems.ts';
import { log } from './progress.ts';
import { UnavailableImages } from './unavailable-images.ts';

const INTERVAL_MS = 3000;

/**
 * Runs an action that waits for pods of a namespace, and logs meanwhile why pods do not run. Aborts the action with a DemoError if
 * a node cannot get an image, since waiting does not help then.
 */
export async function withPodProgress<T>(
  access: ClusterAccess,
  namespace: string,
  action: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const failed = new AbortController();
  const finished = new AbortController();
  const watching = watch(access, namespace, AbortSignal.any([signal, finished.signal])).catch((error: unknown) => {
    if (!finished.signal.aborted) failed.abort(error);
  });
  try {
    return await action(AbortSignal.any([signal, failed.signal]));
  } finally {
    finished.abort();
    await watching;
  }
}

async function watch(access: ClusterAccess, namespace: string, signal: AbortSignal): Promise<never> {
  const known = new Set<string>();
  const images = new UnavailableImages();
  for (;;) {
    await sleep(INTERVAL_MS, undefined, { signal });
    const pods = await listPods(access, namespace, signal);
    for (const problem of pods.flatMap((pod) => podProblem(pod) ?? [])) {
      if (!known.has(problem)) log(`  ${problem}`);
      known.add(problem);
    }
    const image = images.observe(pods, performance.now());
    if (image !== undefined) throw new DemoError(cannotGet(image));
  }
}

/** The pods; none while the API server does not answer, which the action itself notices. */
async function listPods(access: ClusterAccess, namespace: string, signal: AbortSignal): Promise<readonly PodState[]> {
  try {
    return (await access.get<{ readonly items: readonly PodState[] }>(['pods', '-n', namespace], signal)).items;
  } catch (error) {
    if (error instanceof CommandFailedError) return [];
    throw error;
  }
}

function cannotGet(image: string): string {
  return (
    `The nodes cannot get ${image}; the reason is above. If they cannot reach the registry, choose another one with --registry. ` +
    'If it needs credentials, create a pull secret in the namespace and add --set imagePullSecrets[0].name=SECRET.'
  );
}
