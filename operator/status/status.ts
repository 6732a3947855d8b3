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
import { buildConditions } from '../../controller-runtime/object/conditions.ts';

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
    conditions: buildConditions<ConditionType>(
      resource,
      [
        { type: 'Ready', ...ready },
        { type: 'Reconciled', ...reconciled },
        { type: 'Available', ...available },
        { type: 'Autoscaling', ...computeAutoscaling(autoscaler) },
        { type: 'Paused', ...computePaused(resource) },
      ],
      input.now,
    ),
  };
}

function computePaused(resource: TemperatureConverter): Verdict<PausedReason> {
  return resource.spec.paused
    ? { status: 'True', reason: 'PausedBySpec', message: 'spec.paused is true: the operator changes no child.' }
    : { status: 'False', reason: 'NotPaused', message: 'The operator keeps the children as the spec asks.' };
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
