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
import { computeStalled } from './conditions/stalled.ts';
import type { ObservedDeployment, ObservedHorizontalPodAutoscaler, ObservedPod } from './observation.ts';
import { CONVERTER_CONTAINER } from '../children/pod-template.ts';
import type { PausedReason, Verdict } from './reasons.ts';
import { keepWording } from './quoted-message.ts';
import { buildConditions, type ConditionState } from '../../controller-runtime/object/conditions.ts';

/** The input of `computeStatus`. */
export interface StatusInput {
  readonly resource: TemperatureConverter;
  /** The result of each child, or why the children were skipped. */
  readonly results: readonly ChildResult[] | SkipReason;
  /** The children that this resource controls. */
  readonly deployment: ObservedDeployment | undefined;
  readonly autoscaler: ObservedHorizontalPodAutoscaler | undefined;
  readonly pods: readonly ObservedPod[];
  /** The current time: the transition time of conditions whose status changes. */
  readonly now: Date;
}

/** A complete status, as the operator writes it. */
export type ComputedStatus = Required<Omit<TemperatureConverterStatus, 'image'>> &
  Pick<TemperatureConverterStatus, 'image'>;

/** Computes the status of a resource. */
export function computeStatus(input: StatusInput): ComputedStatus {
  const { resource, deployment, autoscaler, pods } = input;
  const reconciled = computeReconciled(input.results);
  const available = computeAvailable(deployment, pods);
  const ready = computeReady({ resource, reconciled, available, deployment, pods });
  const stalled = computeStalled(ready, deployment);
  const { name, namespace } = resource.metadata;
  const image = reportedImage(input);
  return {
    observedGeneration: resource.metadata.generation,
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    ...(image === undefined ? {} : { image }),
    url: `http://${name}.${namespace}.svc:${resource.spec.service.port}`,
    conditions: buildConditions<ConditionType>(
      resource,
      [
        toState('Ready', ready, resource),
        toState('Reconciled', reconciled, resource),
        toState('Available', available, resource),
        toState('Autoscaling', computeAutoscaling(autoscaler), resource),
        toState('Paused', computePaused(resource), resource),
        ...(stalled === undefined ? [] : [toState('Stalled', stalled, resource)]),
      ],
      input.now,
    ),
  };
}

/** A condition, with the stored message if that quotes the same problem. */
function toState(
  type: ConditionType,
  verdict: Verdict<string>,
  { status }: TemperatureConverter,
): ConditionState<ConditionType> {
  const stored = status?.conditions?.find((condition) => condition.type === type);
  const isSame = stored?.status === verdict.status && stored.reason === verdict.reason;
  const message = keepWording(isSame ? stored.message : undefined, verdict);
  return { type, status: verdict.status, reason: verdict.reason, message };
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

/** The image of the Deployment. While another client keeps changing the Deployment, the status keeps the image it has. */
function reportedImage({ resource, results, deployment }: StatusInput): string | undefined {
  const image = imageOf(deployment);
  return isContested(results) ? (resource.status?.image ?? image) : image;
}

function isContested(results: StatusInput['results']): boolean {
  if (typeof results === 'string') return false;
  return results.some(
    (result) => result.type === 'blocked' && result.kind === 'Deployment' && result.reason === 'Contested',
  );
}

function imageOf(deployment: ObservedDeployment | undefined): string | undefined {
  const containers = deployment?.spec?.template.spec?.containers ?? [];
  return containers.find((container) => container.name === CONVERTER_CONTAINER)?.image;
}

/**
 * Whether a stored status equals the computed one. Once the operator has written a status, fields that are missing from
 * the stored one are ignored: an older CRD prunes them.
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
