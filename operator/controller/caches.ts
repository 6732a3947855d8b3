import { GROUP, PLURAL, type TemperatureConverter, VERSION } from '../api/temperature-converter.ts';
import type { ChildKind } from '../domain/child.ts';
import { INSTANCE_LABEL } from '../domain/labels.ts';
import { objectKey } from '../kube/object.ts';
import type { Resource } from '../kube/resource.ts';
import { ObjectStore } from '../runtime/object-store.ts';
import { type CachedChild, pickStatus, type ReceivedObject, trimChild } from './cached-child.ts';
import type { CachedPod } from './cached-pod.ts';

/** The resource that the operator is for. */
export const TEMPERATURE_CONVERTERS: Resource = { group: GROUP, version: VERSION, plural: PLURAL };

/** Where pods are. */
export const PODS: Resource = { group: '', version: 'v1', plural: 'pods' };

/** Where each kind of child is, and how one is cut down for the cache. */
export const CHILDREN: Readonly<
  Record<ChildKind, { resource: Resource; trim: (object: ReceivedObject) => CachedChild }>
> = {
  Deployment: {
    resource: { group: 'apps', version: 'v1', plural: 'deployments' },
    trim: trimWith(
      pickStatus('observedGeneration', 'replicas', 'readyReplicas', 'availableReplicas', 'updatedReplicas'),
    ),
  },
  Service: { resource: { group: '', version: 'v1', plural: 'services' }, trim: trimWith(() => ({})) },
  HorizontalPodAutoscaler: {
    resource: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
    trim: trimWith(pickStatus()),
  },
};

/** The kinds of child, in the order in which they are reported. */
export const CHILD_KINDS: readonly ChildKind[] = ['Deployment', 'Service', 'HorizontalPodAutoscaler'];

/** The last known state of everything that a reconcile looks at. */
export interface Caches {
  readonly converters: ObjectStore<TemperatureConverter>;
  readonly children: Readonly<Record<ChildKind, ObjectStore<CachedChild>>>;
  /** Indexed by the key of the resource that a pod belongs to. */
  readonly pods: ObjectStore<CachedPod>;
}

/** Makes empty caches. */
export function createCaches(): Caches {
  return {
    converters: new ObjectStore(),
    children: {
      Deployment: new ObjectStore(),
      Service: new ObjectStore(),
      HorizontalPodAutoscaler: new ObjectStore(),
    },
    pods: new ObjectStore(converterKeyOfPod),
  };
}

/** The key of the resource that a pod belongs to. */
export function converterKeyOfPod(pod: CachedPod): string | undefined {
  const instance = pod.metadata.labels?.[INSTANCE_LABEL];
  return instance === undefined ? undefined : objectKey(pod.metadata.namespace, instance);
}

/** Cuts a received resource down to what is read of it. */
export function trimConverter(object: TemperatureConverter): TemperatureConverter {
  const { managedFields: _managedFields, annotations: _annotations, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function trimWith(trimStatus: (status: object) => object): (object: ReceivedObject) => CachedChild {
  return (object) => trimChild(object, trimStatus);
}
