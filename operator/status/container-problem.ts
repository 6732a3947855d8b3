import { CONVERTER_CONTAINER } from '../children/pod-template.ts';
import type { ObservedContainer, ObservedPod, ObservedTermination } from './observation.ts';
import { quoteWords, type QuotedMessage } from './quoted-message.ts';
import type { AvailableReason } from './reasons.ts';

/** Why a pod is not available. */
export interface PodProblem extends QuotedMessage {
  readonly reason: AvailableReason;
}

/** Reasons for which a container waits in every start. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);
/** Reasons of a failed pull. Between two attempts the reason is ImagePullBackOff. */
const PULL_REASONS = new Set(['ErrImagePull', 'RegistryUnavailable', 'SignatureValidationFailed']);
/** Reasons of an image that is not pulled at all. */
const IMAGE_REASONS = new Set(['InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError']);
const PULL_BACKOFF = /^Back-off pulling image "[^"]*"(?:: (\w+): )?/;

/** A container, and how messages name it. */
interface NamedContainer {
  readonly pod: string;
  readonly container: ObservedContainer;
  /** Whether it is an init container; native sidecars are too. */
  readonly isInit: boolean;
}

/**
 * The problem of the pod's container that is in most trouble: one that cannot start or waits after a crash, else one that
 * keeps crashing. Of several, init containers come first: the others wait for them.
 */
export function findContainerProblem(pod: ObservedPod): PodProblem | undefined {
  const containers = unreadyContainers(pod);
  return firstOf(containers, waitingProblem) ?? firstOf(containers, crashProblem);
}

/** The container of a pod that has terminated once, and restarts: it may succeed this time. */
export function findFirstTermination(pod: ObservedPod): QuotedMessage | undefined {
  return firstOf(unreadyContainers(pod), (named) => {
    const { container } = named;
    const ended = lastTermination(container);
    if (ended === undefined || isCompletedInit(named, ended)) return undefined;
    return quoteWords(
      `${nameOf(named)} terminated (${describeTermination(ended)}`,
      ended.message,
      `) and restarts. ${originOf(named)}See: kubectl logs ${named.pod} -c ${container.name} --previous`,
    );
  });
}

function unreadyContainers({ metadata, status }: ObservedPod): readonly NamedContainer[] {
  const name = (isInit: boolean) => (container: ObservedContainer) => ({ pod: metadata.name, container, isInit });
  const all = [
    ...(status?.initContainerStatuses ?? []).map(name(true)),
    ...(status?.containerStatuses ?? []).map(name(false)),
  ];
  return all.filter(({ container }) => !container.ready);
}

function firstOf<T>(
  containers: readonly NamedContainer[],
  problemOf: (container: NamedContainer) => T | undefined,
): T | undefined {
  for (const container of containers) {
    const problem = problemOf(container);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The problem of a container that waits for another reason than that the pod starts. */
function waitingProblem(named: NamedContainer): PodProblem | undefined {
  const { reason = 'ContainerCreating', message = '' } = named.container.state?.waiting ?? {};
  if (STARTING.has(reason)) return undefined;
  if (reason === 'CrashLoopBackOff') return describeCrash(named, lastTermination(named.container));
  if (reason === 'ImagePullBackOff' || PULL_REASONS.has(reason)) return describePull(named, reason, message);
  if (IMAGE_REASONS.has(reason)) return describeImage(named, reason, message);
  const advice = `${originOf(named)}See: kubectl describe pod ${named.pod}`;
  return {
    reason: 'ContainerCannotStart',
    ...quoteWords(`${nameOf(named)} cannot start (${reason}`, message, `). ${advice}`),
  };
}

/** A failed pull, with the same message between the attempts: the kubelet then quotes the last attempt, since 1.32. */
function describePull(named: NamedContainer, reason: string, message: string): PodProblem {
  const [backOff = '', attempt = reason] = PULL_BACKOFF.exec(message) ?? [];
  const failure = attempt === 'ImagePullBackOff' ? 'ErrImagePull' : attempt;
  return describeImage(named, `${failure}, ImagePullBackOff`, message.slice(backOff.length));
}

/** The problem of a container that has crashed more than once, also while it runs between two crashes. */
function crashProblem(named: NamedContainer): PodProblem | undefined {
  const { container } = named;
  const ended = lastTermination(container);
  if (container.restartCount < 2 || ended === undefined || isCompletedInit(named, ended)) return undefined;
  return describeCrash(named, ended);
}

/** A pod that gets a new sandbox runs its init containers once more. */
function isCompletedInit({ isInit }: NamedContainer, { exitCode }: ObservedTermination): boolean {
  return isInit && exitCode === 0;
}

function lastTermination({ state, lastState }: ObservedContainer): ObservedTermination | undefined {
  return state?.terminated ?? lastState?.terminated;
}

function describeCrash(named: NamedContainer, ended: ObservedTermination | undefined): PodProblem {
  const { pod, container } = named;
  const how = ended === undefined ? 'CrashLoopBackOff' : describeTermination(ended);
  const command = `kubectl logs ${pod} -c ${container.name} --previous`;
  return {
    reason: 'CrashLooping',
    ...quoteWords(`${nameOf(named)} keeps crashing (${how}`, ended?.message, `). ${originOf(named)}See: ${command}`),
  };
}

function describeImage(named: NamedContainer, reason: string, words: string): PodProblem {
  const image = named.container.image ?? '(unknown)';
  const advice = isInjected(named)
    ? originOf(named)
    : 'Correct spec.image, spec.imagePullPolicy or spec.pod.imagePullSecrets. ';
  return {
    reason: 'ImagePullFailed',
    ...quoteWords(
      `${nameOf(named)} cannot pull image ${image} (${reason}`,
      words,
      `). ${advice}See: kubectl describe pod ${named.pod}`,
    ),
  };
}

function describeTermination({ exitCode, reason }: ObservedTermination): string {
  return reason === undefined || reason === 'Error' || reason === 'Completed'
    ? `exit code ${exitCode}`
    : `${reason}, exit code ${exitCode}`;
}

function nameOf({ pod, container, isInit }: NamedContainer): string {
  return `${isInit ? 'Init container' : 'Container'} ${container.name} of pod ${pod}`;
}

function isInjected({ container }: NamedContainer): boolean {
  return container.name !== CONVERTER_CONTAINER;
}

/** The operator creates one container; admission adds the others. */
function originOf(named: NamedContainer): string {
  return isInjected(named) ? 'An admission policy or webhook added this container. ' : '';
}
