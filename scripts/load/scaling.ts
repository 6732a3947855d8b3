import type { V1Deployment, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';

/** What the autoscaler and the Deployment of a converter report at one time. */
export interface Scaling {
  /** Percent of the CPU request; undefined while the autoscaler has no metric. */
  readonly cpuPercent: number | undefined;
  readonly targetPercent: number | undefined;
  readonly wantedReplicas: number;
  readonly readyReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Why the autoscaler does not scale, in its own words; undefined while it does. */
  readonly problem: string | undefined;
}

/** Reads the scaling of a converter from its autoscaler and its Deployment. */
export function readScaling(autoscaler: V2HorizontalPodAutoscaler, deployment: V1Deployment): Scaling {
  const bounds = autoscaler.spec;
  const problem = problemOf(autoscaler);
  return {
    // Without metrics, the status keeps the last measured value.
    cpuPercent: problem === undefined ? cpuPercentOf(autoscaler) : undefined,
    targetPercent: targetPercentOf(autoscaler),
    wantedReplicas: wantedReplicasOf(autoscaler, deployment),
    readyReplicas: deployment.status?.readyReplicas ?? 0,
    minReplicas: bounds?.minReplicas ?? 1,
    maxReplicas: bounds?.maxReplicas ?? 1,
    problem,
  };
}

function wantedReplicasOf({ status }: V2HorizontalPodAutoscaler, deployment: V1Deployment): number {
  const reported = status?.desiredReplicas ?? 0;
  // Before the autoscaler's first report, the Deployment has its own default.
  return reported > 0 ? reported : (deployment.spec?.replicas ?? 0);
}

function cpuPercentOf({ status }: V2HorizontalPodAutoscaler): number | undefined {
  const current = (status?.currentMetrics ?? []).map((metric) => metric.containerResource ?? metric.resource);
  return current.find((metric) => metric?.name === 'cpu')?.current.averageUtilization;
}

function targetPercentOf({ spec }: V2HorizontalPodAutoscaler): number | undefined {
  const targets = (spec?.metrics ?? []).map((metric) => metric.containerResource ?? metric.resource);
  return targets.find((metric) => metric?.name === 'cpu')?.target.averageUtilization;
}

function problemOf({ status }: V2HorizontalPodAutoscaler): string | undefined {
  const conditions = status?.conditions ?? [];
  const failed = conditions.find(
    ({ type, status: state }) => (type === 'ScalingActive' || type === 'AbleToScale') && state === 'False',
  );
  if (failed !== undefined) return `${failed.reason}: ${failed.message}`;
  return conditions.length === 0 ? 'the autoscaler has not reported yet' : undefined;
}
