import { GROUP, PLURAL, type TemperatureConverter, VERSION } from './api/temperature-converter.ts';
import type { ChildKind } from './children/child.ts';
import { INSTANCE_LABEL } from './children/labels.ts';
import { objectKey } from '../controller-runtime/object/object.ts';
import type { Resource } from '../controller-runtime/object/resource.ts';
import { ObjectStore } from '../controller-runtime/cache/object-store.ts';
import type { LiveObject, ReceivedObject } from '../controller-runtime/apply/live-object.ts';
import type { AppliedKind } from '../controller-runtime/apply/write-object.ts';
import { pickStatus, trimChild } from './children/cached-child.ts';
import type { CachedPod } from './status/cached-pod.ts';
import { computePortReplacement } from './children/port-replacement.ts';

/** The resource that the operator is for. */
export const TEMPERATURE_CONVERTERS: Resource = { group: GROUP, version: VERSION, plural: PLURAL };

/** Where pods are. */
export const PODS: Resource = { group: '', version: 'v1', plural: 'pods' };

/** Where each kind of child is, and how one is written and cut down for the cache. */
export const CHILDREN: Readonly<Record<ChildKind, Omit<AppliedKind, 'kind' | 'store'>>> = {
  Deployment: {
    resource: { group: 'apps', version: 'v1', plural: 'deployments' },
    trim: trimWith(
      pickStatus('observedGeneration', 'replicas', 'readyReplicas', 'availableReplicas', 'updatedReplicas'),
    ),
    immutableFields: ['spec.selector'],
  },
  Service: {
    resource: { group: '', version: 'v1', plural: 'services' },
    trim: trimWith(() => ({})),
    patchBeforeApply: computePortReplacement,
  },
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
  readonly children: Readonly<Record<ChildKind, ObjectStore<LiveObject>>>;
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

/** How children of a kind are written and cached. */
export function childKind(kind: ChildKind, caches: Pick<Caches, 'children'>): AppliedKind {
  return { kind, ...CHILDREN[kind], store: caches.children[kind] };
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

function trimWith(trimStatus: (status: object) => object): (object: ReceivedObject) => LiveObject {
  return (object) => trimChild(object, trimStatus);
}
