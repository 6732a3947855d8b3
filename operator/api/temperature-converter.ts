import type { V1Affinity, V1Toleration, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { Condition as MetaCondition } from '../../controller-runtime/object/conditions.ts';
import type { ManagedFieldsEntry } from '../../controller-runtime/apply/owned-fields.ts';
import type { ObjectMetadata } from '../../controller-runtime/object/object.ts';

/** The API group of the resource. */
export const GROUP = 'temperature-converter.io';
/** The API version that the operator reads and writes. */
export const VERSION = 'v1';
/** The resource's name in URLs and RBAC rules. */
export const PLURAL = 'temperatureconverters';
/** The resource as the client addresses it. */
export const TEMPERATURE_CONVERTERS = { group: GROUP, version: VERSION, plural: PLURAL } as const;
/** The resource's kind. */
export const KIND = 'TemperatureConverter';
/** The `apiVersion` of the resource. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** The metadata of a TemperatureConverter as the API server sends it. */
export interface ConverterMetadata extends ObjectMetadata {
  readonly namespace: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** A TemperatureConverter as the API server sends it, with the defaults of the schema. */
export interface TemperatureConverter {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: typeof KIND;
  readonly metadata: ConverterMetadata;
  readonly spec: TemperatureConverterSpec;
  readonly status?: TemperatureConverterStatus;
}

/** The desired state. Optional fields have no default in the schema. */
export interface TemperatureConverterSpec {
  readonly service: ServiceSpec;
  readonly autoscaling: AutoscalingSpec;
  readonly image?: string;
  readonly imagePullPolicy?: ImagePullPolicy;
  /** Replaces the operator's default resources completely. */
  readonly resources?: ResourceRequirements;
  readonly logLevel: LogLevel;
  readonly pod?: PodSpec;
  /** Labels of every child and of the pods. */
  readonly commonLabels?: Readonly<Record<string, string>>;
  /** Annotations of every child and of the pods. */
  readonly commonAnnotations?: Readonly<Record<string, string>>;
  /** Without it there is no PodDisruptionBudget. */
  readonly podDisruptionBudget?: PodDisruptionBudgetSpec;
  readonly paused: boolean;
}

/** The Service of the converter. */
export interface ServiceSpec {
  readonly port: number;
  readonly type: ServiceType;
  readonly nodePort?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Only for types NodePort and LoadBalancer. */
  readonly externalTrafficPolicy?: TrafficPolicy;
  readonly internalTrafficPolicy?: TrafficPolicy;
  readonly trafficDistribution?: TrafficDistribution;
  readonly sessionAffinity?: SessionAffinity;
  /** Only for type LoadBalancer. */
  readonly loadBalancerClass?: string;
  /** CIDRs, only for type LoadBalancer. */
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly ipFamilyPolicy?: IpFamilyPolicy;
}

/** The supported types of Service. */
export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer';

/** Whether traffic is routed to the pods of all nodes, or only to those of the node that receives it. */
export type TrafficPolicy = 'Cluster' | 'Local';

/** Which pods a Service prefers. */
export type TrafficDistribution = 'PreferClose' | 'PreferSameZone' | 'PreferSameNode';

/** Whether the connections of a client go to the same pod. */
export type SessionAffinity = 'None' | 'ClientIP';

/** How many IP families a Service has. */
export type IpFamilyPolicy = 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';

/** The replica bounds and the target CPU utilization of the autoscaler. */
export interface AutoscalingSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the CPU request. */
  readonly targetCPUUtilizationPercentage: number;
  readonly scaleDownStabilizationWindowSeconds?: number;
}

/** How many pods may be evicted at once. */
export interface PodDisruptionBudgetSpec {
  /** A number of pods, or a percentage such as `50%`. */
  readonly maxUnavailable: number | string;
}

/** When the kubelet pulls the image. */
export type ImagePullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** Log levels of the converter, from most to least verbose. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Requests and limits of the converter's container. */
export interface ResourceRequirements {
  /** The schema requires `cpu`: the autoscaler computes the utilization from it. */
  readonly requests: ResourceQuantities;
  readonly limits?: ResourceQuantities;
}

/** Quantities by resource name. */
export interface ResourceQuantities {
  readonly cpu?: Quantity;
  readonly memory?: Quantity;
  readonly 'ephemeral-storage'?: Quantity;
}

/** A Kubernetes quantity: `1`, `100m`, `64Mi`; a number stays a number on the wire. */
export type Quantity = string | number;

/** Settings that are copied to the converter's pods. */
export interface PodSpec {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: V1Toleration[];
  /** Not validated by the schema: the API server validates it when the operator applies the Deployment. */
  readonly affinity?: V1Affinity;
  readonly topologySpreadConstraints?: V1TopologySpreadConstraint[];
  readonly priorityClassName?: string;
  readonly serviceAccountName?: string;
  readonly imagePullSecrets?: LocalObjectReference[];
}

/** References an object in the namespace of the resource. */
export interface LocalObjectReference {
  readonly name: string;
}

/** The observed state. A new resource has only the default condition of the schema. */
export interface TemperatureConverterStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  /** The image that the Deployment runs. */
  readonly image?: string;
  /** The converter's address inside the cluster. */
  readonly url?: string;
  readonly conditions?: readonly Condition[];
}

/** The condition types that the operator reports; `Ready` summarizes the others, `Stalled` exists only while it is true. */
export type ConditionType = 'Ready' | 'Reconciled' | 'Available' | 'Autoscaling' | 'Paused' | 'Stalled';

/** One aspect of the resource's state. */
export type Condition = MetaCondition<ConditionType>;
