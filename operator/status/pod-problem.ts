import type { ObservedContainer, ObservedPod, ObservedTermination } from './observation.ts';
import type { AvailableReason } from './reasons.ts';

/** Why a pod is not available. The message stays the same while the problem lasts. */
export interface PodProblem {
  readonly reason: Extract<
    AvailableReason,
    'ImagePullFailed' | 'CrashLooping' | 'ContainerCannotStart' | 'Unschedulable'
  >;
  readonly message: string;
}

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
]);
const START_REASONS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
]);

/** The problem of the newest pod that has one; undefined if no pod reports a problem. */
export function findPodProblem(pods: readonly ObservedPod[]): PodProblem | undefined {
  const newestFirst = pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => compareAge(b, a) || compareText(a.metadata.name, b.metadata.name));
  for (const pod of newestFirst) {
    const problem = problemOf(pod);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf(pod: ObservedPod): PodProblem | undefined {
  const unscheduled = pod.status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'Unschedulable',
  );
  if (unscheduled?.status === 'False') {
    return {
      reason: 'Unschedulable',
      message: `Pod ${pod.metadata.name} cannot be scheduled (${unscheduled.message ?? 'no reason given'}). Add or free node capacity, or change spec.resources or spec.pod.`,
    };
  }
  for (const container of pod.status?.containerStatuses ?? []) {
    const problem = containerProblem(pod, container);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function containerProblem(pod: ObservedPod, container: ObservedContainer): PodProblem | undefined {
  if (container.ready) return undefined;
  const { name } = pod.metadata;
  const waiting = container.state?.waiting?.reason ?? '';
  // The kubelet's messages alternate and contain counters: they would change the status again and again.
  if (IMAGE_REASONS.has(waiting)) {
    const image = container.image ?? '(unknown)';
    return {
      reason: 'ImagePullFailed',
      message: `Container ${container.name} of pod ${name} cannot pull image ${image}. Correct spec.image, spec.imagePullPolicy or spec.pod.imagePullSecrets. See: kubectl describe pod ${name}`,
    };
  }
  if (START_REASONS.has(waiting)) {
    return {
      reason: 'ContainerCannotStart',
      message: `Container ${container.name} of pod ${name} cannot start (${waiting}). See: kubectl describe pod ${name}`,
    };
  }
  const ended = terminationOf(container, waiting);
  if (ended === undefined) return undefined;
  return {
    reason: 'CrashLooping',
    message: `Container ${container.name} of pod ${name} keeps crashing (${describeTermination(ended)}). See: kubectl logs ${name} -c ${container.name} --previous`,
  };
}

/** How a crashing container last terminated, also while it runs between two crashes. */
function terminationOf(container: ObservedContainer, waiting: string): ObservedTermination | undefined {
  const isCrashing = waiting === 'CrashLoopBackOff' || container.restartCount > 0;
  if (!isCrashing) return undefined;
  return container.lastState?.terminated ?? container.state?.terminated;
}

function describeTermination({ exitCode, reason }: ObservedTermination): string {
  return reason === undefined || reason === 'Error' || reason === 'Completed'
    ? `exit code ${exitCode}`
    : `${reason}, exit code ${exitCode}`;
}

function compareAge(a: ObservedPod, b: ObservedPod): number {
  return compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '');
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
