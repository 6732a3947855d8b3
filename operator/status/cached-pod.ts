import { INSTANCE_LABEL } from '../children/labels.ts';
import type { ObservedContainer, ObservedPod } from './observation.ts';
import { type KubernetesObject, type ObjectMetadata, objectKey } from '../../controller-runtime/object/object.ts';
import { pickStatus } from '../children/cached-child.ts';

/** The fields of a pod that the cache keeps. */
export interface CachedPod extends KubernetesObject, Omit<ObservedPod, 'metadata'> {
  readonly metadata: ObjectMetadata;
}

/** A pod as the server sends it. */
export interface ReceivedPod extends KubernetesObject {
  readonly metadata: ObjectMetadata;
  readonly status?: { readonly containerStatuses?: readonly ObservedContainer[] };
}

const pickConditions = pickStatus();

/** Reduces a received pod to the fields that the cache keeps. */
export function trimPod({ metadata, status }: ReceivedPod): CachedPod {
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
    status: {
      ...pickConditions(status ?? {}),
      containerStatuses: (status?.containerStatuses ?? []).map(trimContainer),
    },
  };
}

function trimContainer({ name, image, ready, restartCount, state, lastState }: ObservedContainer): ObservedContainer {
  const waiting = state?.waiting?.reason;
  const ended = state?.terminated;
  const endedBefore = lastState?.terminated;
  return {
    name,
    ...(image === undefined ? {} : { image }),
    ready,
    restartCount,
    state: {
      ...(waiting === undefined ? {} : { waiting: { reason: waiting } }),
      ...(ended === undefined ? {} : { terminated: trimTermination(ended) }),
    },
    ...(endedBefore === undefined ? {} : { lastState: { terminated: trimTermination(endedBefore) } }),
  };
}

function trimTermination({ exitCode, reason }: { exitCode: number; reason?: string }): {
  exitCode: number;
  reason?: string;
} {
  return { exitCode, ...(reason === undefined ? {} : { reason }) };
}

/** The key of the resource that a pod belongs to. */
export function converterKeyOfPod(pod: CachedPod): string | undefined {
  const instance = pod.metadata.labels?.[INSTANCE_LABEL];
  return instance === undefined ? undefined : objectKey(pod.metadata.namespace, instance);
}
