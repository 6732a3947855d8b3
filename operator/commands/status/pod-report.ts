import { quote } from '../../status/words.ts';
import type { ContainerSpec, LiveContainer, LivePod, TimedTermination } from './live-objects.ts';

/** A pod and its containers. */
export interface PodReport {
  readonly name: string;
  /** `READY/ALL` containers; init containers do not count, native sidecars do. */
  readonly ready: string;
  readonly state: string;
  /** Why the pod is not scheduled, not ready or failed, as Kubernetes reports it. */
  readonly reason: string | undefined;
  readonly restarts: number;
  readonly node: string | undefined;
  readonly creationTimestamp: string | undefined;
  /** The condition Ready. */
  readonly isReady: boolean;
  readonly containers: readonly ContainerReport[];
}

/** A container of a pod. */
export interface ContainerReport {
  readonly name: string;
  readonly type: ContainerType;
  /** Running, Waiting or Terminated, or Pending before the kubelet reports the container. */
  readonly state: ContainerState;
  readonly isReady: boolean;
  /** Why it waits or terminated, as Kubernetes reports it. */
  readonly reason: string | undefined;
  /** Why and when it terminated before its last restart. */
  readonly lastTermination: { readonly reason: string; readonly time: string | undefined } | undefined;
  readonly restarts: number;
  /** Since when it runs. */
  readonly startedAt: string | undefined;
}

/** What a container is for: ephemeral containers are those of `kubectl debug`. */
export type ContainerType = 'container' | 'init' | 'sidecar' | 'ephemeral';
/** The state of a container. */
export type ContainerState = 'Running' | 'Waiting' | 'Terminated' | 'Pending';

/** Conditions that explain a pod that is not ready, if its containers do not. */
const EXPLANATIONS = [
  ['PodScheduled', 'False'],
  ['DisruptionTarget', 'True'],
  ['PodReadyToStartContainers', 'False'],
  ['Ready', 'False'],
] as const;
const EXPLAINED_BY_CONTAINERS = new Set(['ContainersNotReady', 'ContainersNotInitialized', 'PodCompleted']);

/** Reports pods, the oldest first. */
export function reportPods(pods: readonly LivePod[]): readonly PodReport[] {
  return pods.toSorted(compareAge).map(reportPod);
}

function compareAge({ metadata: a }: LivePod, { metadata: b }: LivePod): number {
  const difference = Date.parse(a.creationTimestamp ?? '') - Date.parse(b.creationTimestamp ?? '');
  return difference || (a.name < b.name ? -1 : 1);
}

function reportPod(pod: LivePod): PodReport {
  const { metadata, spec, status } = pod;
  const containers = reportContainers(pod);
  const counted = containers.filter(({ type }) => type === 'container' || type === 'sidecar');
  return {
    name: metadata.name,
    ready: `${counted.filter((container) => container.isReady).length}/${counted.length}`,
    state: metadata.deletionTimestamp === undefined ? (status?.phase ?? 'Unknown') : 'Terminating',
    reason: reasonOf(pod),
    restarts: containers.reduce((sum, { restarts }) => sum + restarts, 0),
    node: spec.nodeName,
    creationTimestamp: metadata.creationTimestamp,
    isReady: isReady(pod),
    containers,
  };
}

/** The reason and message of the pod itself, or of the first condition that explains why it is not ready. */
function reasonOf(pod: LivePod): string | undefined {
  if (pod.status?.reason !== undefined) return quote(pod.status.reason, pod.status.message);
  const conditions = pod.status?.conditions ?? [];
  const explaining = EXPLANATIONS.flatMap(([type, status]) =>
    conditions.filter((condition) => condition.type === type && condition.status === status),
  ).find(({ reason }) => reason !== undefined && !EXPLAINED_BY_CONTAINERS.has(reason));
  return explaining && quote(explaining.reason, explaining.message);
}

function isReady({ status }: LivePod): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** The containers in the order in which they start. */
function reportContainers({ spec, status }: LivePod): readonly ContainerReport[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec;
  return [
    ...initContainers.map((init) => reportContainer(init.name, typeOfInit(init), status?.initContainerStatuses)),
    ...containers.map(({ name }) => reportContainer(name, 'container', status?.containerStatuses)),
    ...ephemeralContainers.map(({ name }) => reportContainer(name, 'ephemeral', status?.ephemeralContainerStatuses)),
  ];
}

function typeOfInit({ restartPolicy }: ContainerSpec): ContainerType {
  return restartPolicy === 'Always' ? 'sidecar' : 'init';
}

function reportContainer(
  name: string,
  type: ContainerType,
  statuses: readonly LiveContainer[] | undefined,
): ContainerReport {
  const status = statuses?.find((candidate) => candidate.name === name);
  const terminated = status?.lastState?.terminated;
  return {
    name,
    type,
    isReady: status?.ready ?? false,
    restarts: status?.restartCount ?? 0,
    ...stateOf(status),
    lastTermination: terminated && { reason: describeTermination(terminated), time: terminated.finishedAt },
  };
}

function stateOf(status: LiveContainer | undefined): Pick<ContainerReport, 'state' | 'reason' | 'startedAt'> {
  if (status === undefined) return { state: 'Pending', reason: undefined, startedAt: undefined };
  const { running, terminated, waiting } = status.state ?? {};
  if (running !== undefined) return { state: 'Running', reason: undefined, startedAt: running.startedAt };
  if (terminated !== undefined) {
    return { state: 'Terminated', reason: describeTermination(terminated), startedAt: undefined };
  }
  const reason = waiting?.reason === undefined ? undefined : quote(waiting.reason, waiting.message);
  return { state: 'Waiting', reason, startedAt: undefined };
}

function describeTermination({ reason, message, exitCode }: TimedTermination): string {
  return `exit code ${exitCode}, ${quote(reason, message)}`;
}
