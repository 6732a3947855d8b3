import type { V1Affinity, V1Toleration, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { Condition as MetaCondition } from '../../controller-runtime/object/conditions.ts';
import type { ObjectMeta } from './object-meta.ts';

/** The API group of the resource. */
export const GROUP = 'temperature-converter.io';
/** The API version that the operator reads and writes. */
export const VERSION = 'v1';
/** The resource's name in URLs and RBAC rules. */
export const PLURAL = 'temperatureconverters';
/** Where the API server has the resource. */
export const TEMPERATURE_CONVERTERS = { group: GROUP, version: VERSION, plural: PLURAL } as const;
/** The resource's kind. */
export const KIND = 'TemperatureConverter';
/** The resource's group and version, as its manifests have it. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** A TemperatureConverter as the API server sends it: the schema's defaults are filled in. */
export interface TemperatureConverter {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: typeof KIND;
  readonly metadata: ObjectMeta;
  readonly spec: TemperatureConverterSpec;
  readonly status?: TemperatureConverterStatus;
}

/** What the user asked for; what is optional here has no default in the schema. */
export interface TemperatureConverterSpec {
  readonly service: ServiceSpec;
  readonly autoscaling: AutoscalingSpec;
  readonly image?: string;
  readonly imagePullPolicy?: ImagePullPolicy;
  /** Taken whole when given; the operator's own defaults hold only where it is absent. */
  readonly resources?: ResourceRequirements;
  readonly logLevel: LogLevel;
  readonly pod?: PodSpec;
  readonly paused: boolean;
}

/** How the converter is reached. */
export interface ServiceSpec {
  readonly port: number;
  readonly type: ServiceType;
  readonly nodePort?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The kinds of Service that a converter can have. */
export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer';

/** Between how many replicas the converter scales, and by which CPU utilization. */
export interface AutoscalingSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the CPU request. */
  readonly targetCPUUtilizationPercentage: number;
  readonly scaleDownStabilizationWindowSeconds?: number;
}

/** When a node pulls the image. */
export type ImagePullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** Levels of the converter's log, from the most talkative to the quietest. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Requests and limits of the converter's container. */
export interface ResourceRequirements {
  /** The schema demands `cpu` here: the autoscaler divides by it. */
  readonly requests: ResourceQuantities;
  readonly limits?: ResourceQuantities;
}

/** Quantities by the name of the resource. */
export interface ResourceQuantities {
  readonly cpu?: Quantity;
  readonly memory?: Quantity;
  readonly 'ephemeral-storage'?: Quantity;
}

/** A Kubernetes quantity: `1`, `100m`, `64Mi`; a number stays a number on the wire. */
export type Quantity = string | number;

/** What is passed through to the converter's pods. */
export interface PodSpec {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: V1Toleration[];
  /** The schema does not look inside: the API server judges it when the Deployment is applied. */
  readonly affinity?: V1Affinity;
  readonly topologySpreadConstraints?: V1TopologySpreadConstraint[];
  readonly priorityClassName?: string;
  readonly serviceAccountName?: string;
  readonly imagePullSecrets?: LocalObjectReference[];
}

/** Names an object in the namespace of the resource. */
export interface LocalObjectReference {
  readonly name: string;
}

/** What the operator last observed; a fresh resource has only the schema's default condition. */
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

/** The conditions that the operator reports; `Ready` sums up the others. */
export type ConditionType = 'Ready' | 'Reconciled' | 'Available' | 'Autoscaling' | 'Paused';

/** One aspect of the resource's state. */
export type Condition = MetaCondition<ConditionType>;
