import type { TemperatureConverter } from '../../api/temperature-converter.ts';
import { CHILD_KINDS } from '../../caches.ts';
import { reportReplicas } from './autoscaler-report.ts';
import type { ChildKind } from '../../children/child.ts';
import { controllerOf, isControlledBy, type KubernetesObject } from '../../../controller-runtime/object/object.ts';
import type {
  LiveAutoscaler,
  LiveBudget,
  LiveDeployment,
  LiveKinds,
  LiveMetadata,
  LiveService,
  Observation,
  TimedManagedFields,
} from './live-objects.ts';

/** A child of a resource. */
export interface ChildReport {
  readonly kind: ChildKind;
  readonly name: string;
  readonly state: string;
  /** Whether it exists and belongs to the resource. */
  readonly isOwn: boolean;
  /** The last change of anything but its status; undefined if it does not exist. */
  readonly lastChange: Change | undefined;
}

/** When an object was changed, and by which field manager. */
export interface Change {
  readonly time: string | undefined;
  readonly manager: string;
}

/** Reports the children that a resource has or must have, except those that could not be read. */
export function reportChildren({ converter, children, gaps }: Observation): readonly ChildReport[] {
  const kinds = CHILD_KINDS.filter((kind) => !gaps.some(({ what }) => what === kind));
  return kinds.flatMap((kind) => {
    const child = children[kind];
    if (child === undefined) return isWanted(kind, converter) ? [reportMissing(kind, converter)] : [];
    if (!isWanted(kind, converter) && !isControlledBy(child, converter)) return [];
    return [reportChild(kind, child, converter)];
  });
}

function isWanted(kind: ChildKind, { metadata, spec }: TemperatureConverter): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return kind !== 'PodDisruptionBudget' || spec.podDisruptionBudget !== undefined;
}

function reportMissing(kind: ChildKind, { metadata }: TemperatureConverter): ChildReport {
  return { kind, name: metadata.name, state: 'does not exist', isOwn: false, lastChange: undefined };
}

function reportChild(kind: ChildKind, child: LiveKinds[ChildKind], converter: TemperatureConverter): ChildReport {
  const { metadata } = child;
  const isOwn = isControlledBy(child, converter);
  const deletion = metadata.deletionTimestamp === undefined ? '' : 'being deleted, ';
  return {
    kind,
    name: metadata.name,
    state: isOwn ? `${deletion}${describeState(kind, child)}` : describeOwner(child),
    isOwn,
    lastChange: lastChangeOf(metadata),
  };
}

function describeOwner(child: KubernetesObject): string {
  const controller = controllerOf(child);
  return controller === undefined
    ? 'exists, but no TemperatureConverter controls it'
    : `exists, but ${controller.kind} ${controller.name} controls it`;
}

const DESCRIPTIONS: { readonly [Kind in ChildKind]: (child: LiveKinds[Kind]) => string } = {
  Deployment: describeDeployment,
  Service: describeService,
  HorizontalPodAutoscaler: describeAutoscaler,
  PodDisruptionBudget: describeBudget,
};

function describeState<Kind extends ChildKind>(kind: Kind, child: LiveKinds[Kind]): string {
  return DESCRIPTIONS[kind](child);
}

function describeDeployment({ spec, status = {} }: LiveDeployment): string {
  const wanted = spec.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const isRolling = updatedReplicas < wanted || replicas > updatedReplicas;
  return `${availableReplicas}/${wanted} available${isRolling ? `, ${updatedReplicas}/${wanted} updated` : ''}`;
}

function describeService({ spec, status }: LiveService): string {
  const { type = 'ClusterIP', clusterIP = '', ports = [] } = spec;
  const numbers = ports.map(
    ({ port, nodePort }) => `${port}${nodePort === undefined ? '' : ` (node port ${nodePort})`}`,
  );
  const external = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(', ');
  const balancer = type === 'LoadBalancer' ? `, ${external === '' ? 'no external address yet' : external}` : '';
  return `${type} ${clusterIP}, port ${numbers.join(', ')}${balancer}`;
}

function describeAutoscaler({ spec, status }: LiveAutoscaler): string {
  const { currentReplicas } = reportReplicas(status ?? {});
  return `${currentReplicas ?? 'unknown'} of ${spec.minReplicas ?? 1} to ${spec.maxReplicas} replicas`;
}

function describeBudget({ status }: LiveBudget): string {
  return `${status?.disruptionsAllowed ?? 0} disruptions allowed`;
}

/** The newest change of anything but the status. */
function lastChangeOf({ managedFields = [], creationTimestamp }: LiveMetadata): Change {
  const changes = managedFields.filter(({ subresource }) => subresource !== 'status');
  const [first, ...others] = changes;
  if (first === undefined) return { time: creationTimestamp, manager: '' };
  const newest = others.reduce((latest, entry) => (timeOf(entry) >= timeOf(latest) ? entry : latest), first);
  return { time: newest.time, manager: newest.manager ?? '' };
}

function timeOf({ time }: TimedManagedFields): number {
  return time === undefined ? 0 : Date.parse(time);
}
