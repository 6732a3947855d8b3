import type { ObservedCondition } from '../../status/observation.ts';
import type { LiveAutoscaler, Metric } from './live-objects.ts';

/** What an autoscaler measures and decides. */
export interface AutoscalerReport {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly currentReplicas: number | undefined;
  readonly desiredReplicas: number | undefined;
  /** Percent of the CPU request. */
  readonly currentCPUUtilizationPercentage: number | undefined;
  readonly targetCPUUtilizationPercentage: number | undefined;
  readonly lastScaleTime: string | undefined;
  /** The conditions that keep it from scaling. */
  readonly conditions: readonly ObservedCondition[];
}

/** Reports an autoscaler. */
export function reportAutoscaler({ spec, status = {} }: LiveAutoscaler): AutoscalerReport {
  const target = utilization(spec.metrics, ({ target: wanted }) => wanted);
  const current = utilization(status.currentMetrics, ({ current: measured }) => measured);
  const { lastScaleTime, conditions = [] } = status;
  return {
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    ...reportReplicas(status),
    currentCPUUtilizationPercentage: current,
    targetCPUUtilizationPercentage: target,
    lastScaleTime,
    conditions: conditions.filter(isRestraining),
  };
}

/** Reports the replicas; undefined before the autoscaler's first report, since the API server omits a 0. */
export function reportReplicas({
  conditions = [],
  currentReplicas = 0,
  desiredReplicas = 0,
}: NonNullable<LiveAutoscaler['status']>): Pick<AutoscalerReport, 'currentReplicas' | 'desiredReplicas'> {
  return conditions.length === 0
    ? { currentReplicas: undefined, desiredReplicas: undefined }
    : { currentReplicas, desiredReplicas };
}

/** A limit at the minimum does not count: an autoscaler is there when it rests. */
function isRestraining({ type, status, reason }: ObservedCondition): boolean {
  return type === 'ScalingLimited' ? status === 'True' && reason !== 'TooFewReplicas' : status !== 'True';
}

type Source = NonNullable<Metric['containerResource']>;

function utilization(
  metrics: readonly Metric[] | null | undefined,
  valueOf: (source: Source) => { readonly averageUtilization?: number } | undefined,
): number | undefined {
  for (const { containerResource, resource } of metrics ?? []) {
    const source = containerResource ?? resource;
    const value = source?.name === 'cpu' ? valueOf(source)?.averageUtilization : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
