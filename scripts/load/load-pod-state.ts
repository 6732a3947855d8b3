import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import { LOAD_CONTAINER } from './load-pod.ts';

/** The state of the load pod. `waiting` may pass; `failed` does not. */
export type LoadPodState =
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Reasons of a waiting container after which it does not start without a change of the pod. */
const FINAL_REASONS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
]);

/** Reads the state of the load pod from its own container: an injected sidecar keeps running. */
export function readLoadPodState(pod: V1Pod | undefined): LoadPodState {
  if (pod === undefined) return failed('was deleted');
  if (pod.metadata?.deletionTimestamp !== undefined) return failed('is being deleted');
  return readFailed(pod) ?? readContainerState(pod) ?? readPending(pod);
}

/** A pod that the cluster ended, for instance by an eviction. The state of its container may be outdated. */
function readFailed({ status }: V1Pod): LoadPodState | undefined {
  if (status?.phase !== 'Failed' || status.reason === undefined) return undefined;
  return failed(`failed: ${[status.reason, status.message].filter(Boolean).join(': ')}`);
}

function readContainerState({ status }: V1Pod): LoadPodState | undefined {
  const state = status?.containerStatuses?.find(({ name }) => name === LOAD_CONTAINER)?.state;
  if (state?.running !== undefined) return { kind: 'running' };
  if (state?.terminated !== undefined) return readTerminated(state.terminated);
  return state?.waiting === undefined ? undefined : readWaiting(state.waiting);
}

function readWaiting({ reason = '', message = '' }: NonNullable<V1ContainerState['waiting']>): LoadPodState {
  const why = [reason, message].filter(Boolean).join(': ');
  return FINAL_REASONS.has(reason) ? failed(`cannot start: ${why}`) : { kind: 'waiting', reason: why };
}

function readTerminated({ exitCode, reason, message }: NonNullable<V1ContainerState['terminated']>): LoadPodState {
  if (exitCode === 0) return { kind: 'done' };
  const why = [reason, message].filter(Boolean).join(': ');
  if (/executable file not found|no such file or directory/.test(why)) {
    return failed('cannot start: its image has no program `node`. Name one that has with --image.');
  }
  return failed(`ended with exit code ${exitCode} (${why})`);
}

function readPending(pod: V1Pod): LoadPodState {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return { kind: 'waiting', reason: `${scheduled.reason}: ${scheduled.message}` };
  return { kind: 'waiting', reason: 'the container is not started yet' };
}

function failed(what: string): LoadPodState {
  return { kind: 'failed', reason: `The load pod ${what}` };
}
