/** The fields of a pod that show how far it is. */
export interface PodState {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly initContainerStatuses?: readonly ContainerState[];
    readonly containerStatuses?: readonly ContainerState[];
  };
}

interface ContainerState {
  readonly image: string;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

/** Why a container does not run. */
export interface WaitingContainer {
  readonly image: string;
  readonly reason: string;
  readonly message: string;
}

/** Reasons that every pod passes through. */
const ORDINARY_REASONS: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** Why a pod does not run, in one line; undefined if it runs, has completed, or is just being created. */
export function podProblem(pod: PodState): string | undefined {
  const { name } = pod.metadata;
  const unscheduled = pod.status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined) return `pod ${name} cannot be scheduled: ${unscheduled.message ?? ''}`;
  const waiting = waitingContainers(pod).find(({ reason }) => !ORDINARY_REASONS.has(reason));
  if (waiting === undefined) return undefined;
  return `pod ${name}: ${waiting.reason}${waiting.message === '' ? '' : `: ${waiting.message}`}`;
}

/** The containers of a pod that wait. */
export function waitingContainers({ status }: PodState): readonly WaitingContainer[] {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].flatMap(({ image, state }) => {
    const { waiting } = state ?? {};
    return waiting === undefined
      ? []
      : [{ image, reason: waiting.reason ?? 'Waiting', message: waiting.message ?? '' }];
  });
}
