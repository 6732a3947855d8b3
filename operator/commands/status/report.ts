import type { Condition, TemperatureConverter } from '../../api/temperature-converter.ts';
import { isControlledBy } from '../../../controller-runtime/object/object.ts';
import { type AutoscalerReport, reportAutoscaler } from './autoscaler-report.ts';
import { type ChildReport, reportChildren } from './child-report.ts';
import type { Gap, Observation } from './live-objects.ts';
import { type PodReport, reportPods } from './pod-report.ts';
import { type EventReport, mergeEvents } from './recent-events.ts';

/** The summary of a resource: a row of the list. */
export interface ConverterSummary {
  readonly namespace: string;
  readonly name: string;
  /** The status and the reason of the condition Ready. */
  readonly ready: string;
  readonly reason: string;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly url: string | undefined;
  readonly image: string | undefined;
  readonly creationTimestamp: string;
  readonly deletionTimestamp: string | undefined;
  readonly generation: number;
  /** The generation that the status describes; undefined if the operator has not written a status. */
  readonly observedGeneration: number | undefined;
}

/** Everything that `status NAME` shows. */
export interface StatusReport {
  readonly converter: ConverterSummary & { readonly finalizers: readonly string[] };
  readonly conditions: readonly Condition[];
  readonly children: readonly ChildReport[];
  readonly pods: readonly PodReport[];
  readonly autoscaler: AutoscalerReport | undefined;
  /** The newest last. */
  readonly events: readonly EventReport[];
  /** What could not be read. */
  readonly gaps: readonly Gap[];
}

/** Reports what was read of a resource. */
export function buildReport(observation: Observation): StatusReport {
  const { converter, children, pods, events, gaps } = observation;
  const autoscaler = children.HorizontalPodAutoscaler;
  return {
    converter: { ...summarize(converter), finalizers: converter.metadata.finalizers ?? [] },
    conditions: converter.status?.conditions ?? [],
    children: reportChildren(observation),
    pods: reportPods(pods),
    autoscaler:
      autoscaler !== undefined && isControlledBy(autoscaler, converter) ? reportAutoscaler(autoscaler) : undefined,
    events: mergeEvents(events),
    gaps,
  };
}

/** Summarizes a resource by its status. */
export function summarize({ metadata, status = {} }: TemperatureConverter): ConverterSummary {
  const { name, namespace, creationTimestamp, deletionTimestamp, generation } = metadata;
  const { replicas = 0, readyReplicas = 0, url, image, observedGeneration } = status;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return {
    namespace,
    name,
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? '',
    replicas,
    readyReplicas,
    url,
    image,
    creationTimestamp,
    deletionTimestamp,
    generation,
    observedGeneration,
  };
}
