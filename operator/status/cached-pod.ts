import { INSTANCE_LABEL } from '../children/labels.ts';
import type { ObservedContainer, ObservedPod, ObservedPodStatus, ObservedTermination } from './observation.ts';
import { type KubernetesObject, type ObjectMetadata, objectKey } from '../../controller-runtime/object/object.ts';
import { pickStatus } from '../children/cached-child.ts';
import { oneLine } from './words.ts';

/** The fields of a pod that the cache keeps. */
export interface CachedPod extends KubernetesObject, Omit<ObservedPod, 'metadata'> {
  readonly metadata: ObjectMetadata;
}

/** A pod as the server sends it. */
export interface ReceivedPod extends KubernetesObject {
  readonly metadata: ObjectMetadata;
  readonly spec?: ObservedPod['spec'];
  readonly status?: ObservedPodStatus;
}

const pickFields = pickStatus('phase', 'reason', 'message');

/** Reduces a received pod to the fields that the cache keeps. */
export function trimPod({ metadata, spec, status }: ReceivedPod): CachedPod {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = metadata;
  const instance = labels?.[INSTANCE_LABEL];
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(instance === undefined ? {} : { labels: { [INSTANCE_LABEL]: instance } }),
    },
    ...(spec?.nodeName === undefined ? {} : { spec: { nodeName: spec.nodeName } }),
    status: trimStatus(status ?? {}),
  };
}

function trimStatus(status: ObservedPodStatus): ObservedPodStatus {
  const { initContainerStatuses, containerStatuses = [] } = status;
  return {
    ...pickFields(status),
    ...(initContainerStatuses === undefined ? {} : { initContainerStatuses: initContainerStatuses.map(trimContainer) }),
    containerStatuses: containerStatuses.map(trimContainer),
  };
}

function trimContainer({ name, image, ready, restartCount, state, lastState }: ObservedContainer): ObservedContainer {
  return {
    name,
    ...(image === undefined ? {} : { image }),
    ready,
    restartCount,
    state: {
      ...(state?.waiting === undefined ? {} : { waiting: trimWords(state.waiting) }),
      ...(state?.terminated === undefined ? {} : { terminated: trimTermination(state.terminated) }),
    },
    ...(lastState?.terminated === undefined
      ? {}
      : { lastState: { terminated: trimTermination(lastState.terminated) } }),
  };
}

function trimTermination(ended: ObservedTermination): ObservedTermination {
  return { exitCode: ended.exitCode, ...trimWords(ended) };
}

function trimWords({ reason, message }: Words): Words {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message: oneLine(message) }),
  };
}

interface Words {
  readonly reason?: string;
  readonly message?: string;
}

/** The key of the resource that a pod belongs to. */
export function converterKeyOfPod(pod: CachedPod): string | undefined {
  const instance = pod.metadata.labels?.[INSTANCE_LABEL];
  return instance === undefined ? undefined : objectKey(pod.metadata.namespace, instance);
}
