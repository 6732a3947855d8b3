import type { Installation } from '../../testing/installation.ts';

/** A pod, its node and how it is. */
export interface PlacedPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ip: string;
  readonly isReady: boolean;
  readonly restarts: number;
  /** When its container last terminated, in milliseconds since 1970; undefined if it never did. */
  readonly terminatedMs: number | undefined;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly restartCount: number;
      readonly lastState: { readonly terminated?: { readonly finishedAt: string } };
    }[];
  };
}

/** The pods that a label selects, without terminating ones, in the order of their names. */
export async function placedPods(
  { kubectl }: Installation,
  namespace: string,
  selector: string,
): Promise<readonly PlacedPod[]> {
  const { items } = await kubectl.json<{ readonly items: readonly Pod[] }>('pods', '-n', namespace, '-l', selector);
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(describePod)
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function describePod({ metadata: { name, uid }, spec: { nodeName = '' }, status }: Pod): PlacedPod {
  const { podIP = '', conditions = [], containerStatuses = [] } = status;
  const [container] = containerStatuses;
  const finishedAt = container?.lastState.terminated?.finishedAt;
  return {
    name,
    uid,
    node: nodeName,
    ip: podIP,
    isReady: conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    restarts: container?.restartCount ?? 0,
    terminatedMs: finishedAt === undefined ? undefined : Date.parse(finishedAt),
  };
}

/** The pods of a converter. */
export function converterPods(installation: Installation, name: string): Promise<readonly PlacedPod[]> {
  return placedPods(installation, installation.namespace, `app.kubernetes.io/instance=${name}`);
}

/** A manifest's autoscaling for a fixed number of replicas. */
export function replicas(count: number): { readonly autoscaling: object } {
  return { autoscaling: { minReplicas: count, maxReplicas: count } };
}
