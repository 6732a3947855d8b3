import type { TemperatureConverter } from '../../api/temperature-converter.ts';
import type { ChildKind } from '../../children/child.ts';
import type { ManagedFieldsEntry } from '../../../controller-runtime/apply/owned-fields.ts';
import type { KubernetesObject, ObjectMetadata } from '../../../controller-runtime/object/object.ts';
import type { ObservedCondition, ObservedContainer, ObservedPodStatus } from '../../status/observation.ts';

/** An entry of metadata.managedFields with the time of its last change. */
export interface TimedManagedFields extends ManagedFieldsEntry {
  readonly time?: string;
}

/** The metadata of an object as the API server sends it. */
export interface LiveMetadata extends ObjectMetadata {
  readonly managedFields?: readonly TimedManagedFields[];
}

/** A Deployment as the API server sends it. */
export interface LiveDeployment extends KubernetesObject {
  readonly metadata: LiveMetadata;
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** A Service as the API server sends it. */
export interface LiveService extends KubernetesObject {
  readonly metadata: LiveMetadata;
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly port: number; readonly nodePort?: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

/** A metric of a HorizontalPodAutoscaler, in its spec or its status. */
export interface Metric {
  readonly type: string;
  readonly containerResource?: MetricSource;
  readonly resource?: MetricSource;
}

interface MetricSource {
  readonly name: string;
  readonly target?: { readonly averageUtilization?: number };
  readonly current?: { readonly averageUtilization?: number };
}

/** A HorizontalPodAutoscaler as the API server sends it. */
export interface LiveAutoscaler extends KubernetesObject {
  readonly metadata: LiveMetadata;
  readonly spec: { readonly minReplicas?: number; readonly maxReplicas: number; readonly metrics?: readonly Metric[] };
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly lastScaleTime?: string;
    readonly currentMetrics?: readonly Metric[] | null;
    readonly conditions?: readonly ObservedCondition[];
  };
}

/** A PodDisruptionBudget as the API server sends it. */
export interface LiveBudget extends KubernetesObject {
  readonly metadata: LiveMetadata;
  readonly status?: { readonly disruptionsAllowed?: number };
}

/** Each kind of child as the API server sends it. */
export interface LiveKinds {
  readonly Deployment: LiveDeployment;
  readonly Service: LiveService;
  readonly HorizontalPodAutoscaler: LiveAutoscaler;
  readonly PodDisruptionBudget: LiveBudget;
}

/** The children of a resource that exist. */
export type LiveChildren = { readonly [Kind in ChildKind]?: LiveKinds[Kind] | undefined };

/** The status of a container as the API server sends it. */
export interface LiveContainer extends ObservedContainer {
  readonly state?: ObservedContainer['state'] & { readonly running?: { readonly startedAt?: string } };
  readonly lastState?: { readonly terminated?: TimedTermination };
}

/** How and when a container terminated. */
export interface TimedTermination extends NonNullable<NonNullable<ObservedContainer['lastState']>['terminated']> {
  readonly finishedAt?: string;
}

/** The specification of a container of a pod. */
export interface ContainerSpec {
  readonly name: string;
  /** Set for init containers that keep running: native sidecars. */
  readonly restartPolicy?: string;
}

/** A pod as the API server sends it. */
export interface LivePod extends KubernetesObject {
  readonly metadata: LiveMetadata;
  readonly spec: {
    readonly nodeName?: string;
    readonly initContainers?: readonly ContainerSpec[];
    readonly containers: readonly ContainerSpec[];
    readonly ephemeralContainers?: readonly ContainerSpec[];
  };
  readonly status?: Omit<ObservedPodStatus, 'initContainerStatuses' | 'containerStatuses'> & {
    readonly initContainerStatuses?: readonly LiveContainer[];
    readonly containerStatuses?: readonly LiveContainer[];
    readonly ephemeralContainerStatuses?: readonly LiveContainer[];
  };
}

/** An event (core/v1) as the API server sends it. */
export interface LiveEvent extends KubernetesObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null;
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** What could not be read, and why. */
export interface Gap {
  /** A kind of child, `pods` or `events`. */
  readonly what: ChildKind | 'pods' | 'events';
  readonly message: string;
}

/** What was read of a resource and everything that belongs to it. */
export interface Observation {
  readonly converter: TemperatureConverter;
  readonly children: LiveChildren;
  readonly pods: readonly LivePod[];
  readonly events: readonly LiveEvent[];
  /** What could not be read: it is missing from the other fields. */
  readonly gaps: readonly Gap[];
}
