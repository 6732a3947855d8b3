import { findContainerProblem, findFirstTermination, type PodProblem } from './container-problem.ts';
import type { ObservedCondition, ObservedPod } from './observation.ts';
import { quoteWords, type QuotedMessage } from './quoted-message.ts';
import { quote } from './words.ts';

/** Conditions of a pod in the order in which they become true. */
const STAGES = ['PodScheduled', 'PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready'];
/** Reasons for which a pod is not ready in every start. */
const STARTING = new Set(['ContainersNotReady', 'ContainersNotInitialized']);

/** The problem of the newest pod that has one; undefined if no pod reports a problem. */
export function findPodProblem(pods: readonly ObservedPod[]): PodProblem | undefined {
  return firstOf(currentPods(pods), problemOf);
}

/** What delays the newest pod that is not ready without a problem, if that is not part of every start. */
export function findPodDelay(pods: readonly ObservedPod[]): QuotedMessage | undefined {
  return firstOf(currentPods(pods), delayOf);
}

/** The first stage that the newest pod that is not ready has not reached. */
export function findUnreadyPod(pods: readonly ObservedPod[]): QuotedMessage | undefined {
  return firstOf(currentPods(pods), (pod) => {
    const stage = STAGES.map((type) => conditionOf(pod, type)).find((condition) => condition?.status === 'False');
    return stage === undefined ? undefined : describeStage(pod, stage);
  });
}

/** The pods that are not being deleted, the newest first; failed pods only until a newer pod replaces them. */
function currentPods(pods: readonly ObservedPod[]): readonly ObservedPod[] {
  const newestFirst = pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => compareAge(b, a) || compareText(a.metadata.name, b.metadata.name));
  const newestActive = newestFirst.findIndex((pod) => !isTerminal(pod));
  return newestFirst.filter((pod, index) => !isTerminal(pod) || newestActive === -1 || index < newestActive);
}

function isTerminal({ status }: ObservedPod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded';
}

function problemOf(pod: ObservedPod): PodProblem | undefined {
  const { name } = pod.metadata;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason !== 'SchedulingGated') {
    return {
      reason: 'Unschedulable',
      message: `Pod ${name} cannot be scheduled (${quote(scheduled.reason, scheduled.message)}). Add or free node capacity, or change spec.resources or spec.pod.`,
    };
  }
  return failureOf(pod) ?? lostNodeOf(pod) ?? findContainerProblem(pod);
}

/** The failure of a whole pod: evicted, rejected by the kubelet, or on a lost node. */
function failureOf(pod: ObservedPod): PodProblem | undefined {
  const { status } = pod;
  if (status?.phase !== 'Failed' && status?.reason === undefined) return undefined;
  const { name } = pod.metadata;
  const disruption = conditionOf(pod, 'DisruptionTarget');
  return {
    reason: 'PodFailed',
    ...quoteWords(
      `Pod ${name} failed (${status.reason ?? disruption?.reason ?? 'Failed'}`,
      status.message ?? disruption?.message,
      `). See: kubectl describe pod ${name}`,
    ),
  };
}

/**
 * The node of a pod that the controller manager marked as not ready since its node is not: the kubelet sets Ready to False
 * only along with ContainersReady, or with a reason.
 */
function lostNodeOf(pod: ObservedPod): PodProblem | undefined {
  const node = pod.spec?.nodeName;
  const ready = conditionOf(pod, 'Ready');
  const isMarked = ready?.status === 'False' && (ready.reason ?? '') === '';
  if (node === undefined || !isMarked || conditionOf(pod, 'ContainersReady')?.status !== 'True') return undefined;
  return {
    reason: 'NodeNotReady',
    message: `Pod ${pod.metadata.name} is not ready because its node ${node} is not ready. See: kubectl describe node ${node}`,
  };
}

function delayOf(pod: ObservedPod): QuotedMessage | undefined {
  const gated = conditionOf(pod, 'PodScheduled');
  if (gated?.status === 'False') return describeStage(pod, gated);
  const disruption = conditionOf(pod, 'DisruptionTarget');
  if (disruption?.status === 'True') return describeDisruption(pod, disruption);
  const terminated = findFirstTermination(pod);
  if (terminated !== undefined) return terminated;
  const ready = conditionOf(pod, 'Ready');
  const isUnusual = ready?.status === 'False' && ready.reason !== undefined && !STARTING.has(ready.reason);
  return isUnusual ? describeStage(pod, ready) : undefined;
}

function describeStage(
  { metadata: { name } }: ObservedPod,
  { type, reason, message }: ObservedCondition,
): QuotedMessage {
  const state = `${type} is False${reason === undefined ? '' : `, ${reason}`}`;
  return quoteWords(`Pod ${name} is not ready (${state}`, message, `). See: kubectl describe pod ${name}`);
}

function describeDisruption(
  { metadata: { name } }: ObservedPod,
  { reason, message }: ObservedCondition,
): QuotedMessage {
  return quoteWords(
    `Pod ${name} is being replaced (${reason ?? 'DisruptionTarget'}`,
    message,
    `). See: kubectl describe pod ${name}`,
  );
}

function conditionOf({ status }: ObservedPod, type: string): ObservedCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function firstOf<T>(pods: readonly ObservedPod[], find: (pod: ObservedPod) => T | undefined): T | undefined {
  for (const pod of pods) {
    const found = find(pod);
    if (found !== undefined) return found;
  }
  return undefined;
}

function compareAge(a: ObservedPod, b: ObservedPod): number {
  return compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '');
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
