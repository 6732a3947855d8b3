import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, V1Pod, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { type Kubectl, KubectlError } from './kubectl.ts';
import { readScaling, type Scaling } from './scaling.ts';

const INTERVAL_MS = 2_000;
/** Long enough for a restart of the API server. */
const TOLERATED_FAILURE_MS = 60_000;

/** What the cluster reports at one time; `scaling` is undefined without an autoscaler or a Deployment. */
export interface Reading {
  readonly scaling: Scaling | undefined;
  readonly pod: V1Pod | undefined;
}

/** What is called after each attempt to read the cluster. */
export interface ClusterListener {
  readonly onReading: (reading: Reading, podName: string | undefined) => void;
  readonly onFailure: (error: KubectlError) => void;
}

/** Reads the converter's scaling and the load pod until the signal; throws when kubectl fails for a minute. */
export async function watchCluster(
  kubectl: Kubectl,
  { name, podName }: { readonly name: string; readonly podName: () => string | undefined },
  { onReading, onFailure }: ClusterListener,
  signal: AbortSignal,
): Promise<void> {
  let lastSuccessMs = performance.now();
  for (;;) {
    const pod = podName();
    try {
      onReading(await read(kubectl, name, pod, signal), pod);
      lastSuccessMs = performance.now();
    } catch (error) {
      if (!(error instanceof KubectlError) || performance.now() - lastSuccessMs > TOLERATED_FAILURE_MS) throw error;
      onFailure(error);
    }
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}

async function read(kubectl: Kubectl, name: string, pod: string | undefined, signal: AbortSignal): Promise<Reading> {
  const resources = [`horizontalpodautoscalers.v2.autoscaling/${name}`, `deployments.apps/${name}`];
  const pods = pod === undefined ? [] : [`pods/${pod}`];
  const flags = ['--ignore-not-found', '--output=json', '--request-timeout=20s'];
  const objects = parseObjects(await kubectl.run(['get', ...resources, ...pods, ...flags], signal));
  const find = (kind: string): KubernetesObject | undefined => objects.find((object) => object.kind === kind);
  // SAFETY: the kind of an object determines its type.
  const autoscaler = find('HorizontalPodAutoscaler') as V2HorizontalPodAutoscaler | undefined;
  const deployment = find('Deployment');
  return {
    scaling: autoscaler === undefined || deployment === undefined ? undefined : readScaling(autoscaler, deployment),
    pod: find('Pod'),
  };
}

/** kubectl prints nothing, one object, or a list of several. */
function parseObjects(output: string): readonly KubernetesObject[] {
  if (output.trim() === '') return [];
  // SAFETY: the output of kubectl.
  const found = JSON.parse(output) as KubernetesObject & { items?: readonly KubernetesObject[] };
  return found.items ?? [found];
}
