import type {
  Condition,
  ConditionType,
  TemperatureConverter,
  TemperatureConverterStatus,
} from '../api/temperature-converter.ts';
import type { ChildResult, SkipReason } from './child-result.ts';
import { computeAutoscaling } from './conditions/autoscaling.ts';
import { computeAvailable } from './conditions/available.ts';
import { computeReady } from './conditions/ready.ts';
import { computeReconciled } from './conditions/reconciled.ts';
import type { ObservedDeployment, ObservedHorizontalPodAutoscaler, ObservedPod } from './observation.ts';
import { CONVERTER_CONTAINER } from '../children/pod-template.ts';
import type { PausedReason, Verdict } from './reasons.ts';

/** What a status is made of: what was done, and what there is. */
export interface StatusInput {
  readonly resource: TemperatureConverter;
  /** What became of each child, or why none was written. */
  readonly results: readonly ChildResult[] | SkipReason;
  /** The children that this resource controls. */
  readonly deployment: ObservedDeployment | undefined;
  readonly autoscaler: ObservedHorizontalPodAutoscaler | undefined;
  readonly pods: readonly ObservedPod[];
  /** The time of day, for conditions whose status changes. */
  readonly now: Date;
}

/** The status that the operator always writes whole. */
export type ComputedStatus = Required<Omit<TemperatureConverterStatus, 'image'>> &
  Pick<TemperatureConverterStatus, 'image'>;

/** Computes the status of a resource. */
export function computeStatus(input: StatusInput): ComputedStatus {
  const { resource, deployment, autoscaler, pods } = input;
  const reconciled = computeReconciled(input.results);
  const available = computeAvailable(deployment, pods);
  const ready = computeReady({ resource, reconciled, available, deployment, pods });
  const { name, namespace } = resource.metadata;
  const image = imageOf(deployment);
  return {
    observedGeneration: resource.metadata.generation,
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    ...(image === undefined ? {} : { image }),
    url: `http://${name}.${namespace}.svc:${resource.spec.service.port}`,
    conditions: [
      condition('Ready', ready, input),
      condition('Reconciled', reconciled, input),
      condition('Available', available, input),
      condition('Autoscaling', computeAutoscaling(autoscaler), input),
      condition('Paused', computePaused(resource), input),
    ],
  };
}

function computePaused(resource: TemperatureConverter): Verdict<PausedReason> {
  return resource.spec.paused
    ? {
        status: 'True',
        reason: 'PausedBySpec',
        message: 'Reconciliation is paused (spec.paused is true). The operator does not change the children.',
      }
    : { status: 'False', reason: 'NotPaused', message: 'Reconciliation is not paused.' };
}

/** The longest message that metav1.Condition allows, in characters. */
const LONGEST_MESSAGE = 32_768;

/** Fills in a condition's times: the transition time stays while the status does. */
function condition(type: ConditionType, verdict: Verdict<string>, input: StatusInput): Condition {
  const previous = input.resource.status?.conditions?.find((candidate) => candidate.type === type);
  const isTransition = previous?.status !== verdict.status;
  return {
    type,
    ...verdict,
    message: cut(verdict.message),
    observedGeneration: input.resource.metadata.generation,
    lastTransitionTime: isTransition ? inSeconds(input.now) : previous.lastTransitionTime,
  };
}

/** The API server counts characters (Unicode code points), JavaScript UTF-16 code units, of which there are never fewer. */
function cut(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1).toWellFormed()}…`;
}

/** RFC 3339 in whole seconds, as the API server stores it. */
function inSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

function imageOf(deployment: ObservedDeployment | undefined): string | undefined {
  const containers = deployment?.spec?.template.spec?.containers ?? [];
  return containers.find((container) => container.name === CONVERTER_CONTAINER)?.image;
}

/**
 * Says whether a stored status says what the computed one does. A field that the stored one lacks altogether does not
 * count, once the operator has written a status: an older CRD drops it.
 */
export function isSameStatus(stored: TemperatureConverterStatus | undefined, computed: ComputedStatus): boolean {
  if (stored?.observedGeneration === undefined) return false;
  const { conditions, ...fields } = computed;
  // SAFETY: a status is a JSON object.
  const storedFields = stored as Readonly<Record<string, unknown>>;
  const isFieldSame = ([name, value]: [string, unknown]): boolean =>
    storedFields[name] === undefined || storedFields[name] === value;
  if (stored.image !== undefined && computed.image === undefined) return false;
  if (!Object.entries(fields).every(isFieldSame)) return false;
  return (
    stored.conditions?.length === conditions.length &&
    conditions.every((wanted) => stored.conditions?.some((found) => isSameCondition(found, wanted)))
  );
}

function isSameCondition(a: Condition, b: Condition): boolean {
  return (
    a.type === b.type &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration &&
    a.lastTransitionTime === b.lastTransitionTime
  );
}
