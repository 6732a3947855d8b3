import { TEMPERATURE_CONVERTERS, type TemperatureConverter } from './api/temperature-converter.ts';
import { pickStatus, trimChild } from './children/cached-child.ts';
import type { ChildKind } from './children/child.ts';
import { CONVERTER_POD_SELECTOR } from './children/labels.ts';
import { computeLoadBalancerReplacement } from './children/load-balancer-replacement.ts';
import { computePortReplacement } from './children/port-replacement.ts';
import {
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  POD_DISRUPTION_BUDGET,
  SERVICE,
} from '../controller-runtime/apply/builtin-kinds.ts';
import type { LiveObject, ReceivedObject } from '../controller-runtime/apply/live-object.ts';
import type { AppliedKind } from '../controller-runtime/apply/write-object.ts';
import type { Cache, CacheOptions } from '../controller-runtime/cache/cache.ts';
import type { KubernetesObject } from '../controller-runtime/object/object.ts';
import type { Resource } from '../controller-runtime/object/resource.ts';
import { type CachedPod, converterKeyOfPod, trimPod } from './status/cached-pod.ts';

/** Where pods are. */
export const PODS: Resource = { group: '', version: 'v1', plural: 'pods' };

/** The ports of a Service, as FieldsV1 names them. A patch may own them: a port that no apply owns is replaced again. */
const PORTS = ['f:spec', 'f:ports'];

/** Where each kind of child is, and how one is written and cut down for the cache. */
export const CHILDREN: Readonly<Record<ChildKind, Omit<AppliedKind, 'store'>>> = {
  Deployment: {
    ...DEPLOYMENT,
    trim: trimWith(
      pickStatus('observedGeneration', 'replicas', 'readyReplicas', 'availableReplicas', 'updatedReplicas'),
    ),
  },
  Service: {
    ...SERVICE,
    trim: trimWith(() => ({}), PORTS),
    patchBeforeApply: (desired, live) =>
      computeLoadBalancerReplacement(desired, live) ?? computePortReplacement(desired, live),
  },
  HorizontalPodAutoscaler: {
    ...HORIZONTAL_POD_AUTOSCALER,
    trim: trimWith(pickStatus()),
  },
  PodDisruptionBudget: {
    ...POD_DISRUPTION_BUDGET,
    trim: trimWith(() => ({})),
  },
};

/** The kinds of child, in the order in which they are reported. */
export const CHILD_KINDS: readonly ChildKind[] = [
  'Deployment',
  'Service',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
];

/** A role of an older installation may not include them: the other children do not depend on them. */
const OPTIONAL_KINDS: ReadonlySet<ChildKind> = new Set(['PodDisruptionBudget']);

/** The last known state of everything that a reconcile looks at. */
export interface Caches {
  readonly converters: Cache<TemperatureConverter>;
  readonly children: Readonly<Record<ChildKind, Cache<LiveObject>>>;
  /** Indexed by the key of the resource that a pod belongs to. */
  readonly pods: Cache<CachedPod>;
}

/** Makes a cache of a resource, as a manager does. */
export type MakeCache = <T extends KubernetesObject>(resource: Resource, options?: CacheOptions<T>) => Cache<T>;

/** Makes the caches of the operator. */
export function createCaches(cache: MakeCache): Caches {
  const childCache = (kind: ChildKind): Cache<LiveObject> => {
    const { resource, trim } = CHILDREN[kind];
    return cache(resource, { trim, isOptional: OPTIONAL_KINDS.has(kind) });
  };
  return {
    converters: cache(TEMPERATURE_CONVERTERS, { trim: trimConverter }),
    children: {
      Deployment: childCache('Deployment'),
      Service: childCache('Service'),
      HorizontalPodAutoscaler: childCache('HorizontalPodAutoscaler'),
      PodDisruptionBudget: childCache('PodDisruptionBudget'),
    },
    pods: cache(PODS, { trim: trimPod, labelSelector: CONVERTER_POD_SELECTOR, indexBy: converterKeyOfPod }),
  };
}

/** How children of a kind are written and cached. */
export function childKind(kind: ChildKind, caches: Pick<Caches, 'children'>): AppliedKind<ChildKind> {
  return { ...CHILDREN[kind], kind, store: caches.children[kind] };
}

/** Cuts a received resource down to what is read of it. */
export function trimConverter(object: TemperatureConverter): TemperatureConverter {
  const { managedFields: _managedFields, annotations: _annotations, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function trimWith(
  trimStatus: (status: object) => object,
  replaced?: readonly string[],
): (object: ReceivedObject) => LiveObject {
  return (object) => trimChild(object, trimStatus, replaced);
}
