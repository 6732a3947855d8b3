import type { V1DeploymentSpec } from '@kubernetes/client-node';
import type { OwnerReference } from '../../controller-runtime/object/object.ts';

/** The metadata that the status is computed from. */
export interface ObservedMetadata {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** A condition of any Kubernetes kind. */
export interface ObservedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The fields of a Deployment that the status is computed from. */
export interface ObservedDeployment {
  readonly metadata: ObservedMetadata;
  readonly spec?: V1DeploymentSpec;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly ObservedCondition[];
  };
}

/** The fields of a HorizontalPodAutoscaler that the status is computed from. */
export interface ObservedHorizontalPodAutoscaler {
  readonly metadata: ObservedMetadata;
  readonly status?: { readonly conditions?: readonly ObservedCondition[] };
}

/** The fields of a pod that the status is computed from. */
export interface ObservedPod {
  readonly metadata: ObservedMetadata;
  readonly spec?: { readonly nodeName?: string };
  readonly status?: ObservedPodStatus;
}

/** The fields of a pod's status that the status is computed from. Ephemeral containers do not affect whether it is ready. */
export interface ObservedPodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly ObservedCondition[];
  /** Includes native sidecars (restartable init containers). */
  readonly initContainerStatuses?: readonly ObservedContainer[];
  readonly containerStatuses?: readonly ObservedContainer[];
}

/** The fields of a container status that the status is computed from. */
export interface ObservedContainer {
  readonly name: string;
  readonly image?: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: ObservedTermination;
  };
  readonly lastState?: { readonly terminated?: ObservedTermination };
}

/** How a container terminated. */
export interface ObservedTermination {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
}
