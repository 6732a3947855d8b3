import type { V1DeploymentSpec } from '@kubernetes/client-node';
import type { OwnerReference } from '../api/object-meta.ts';

/** The metadata of an observed object that decisions are made of. */
export interface ObservedMetadata {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** A condition as every kind of the API has it. */
export interface ObservedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What is read of a Deployment. */
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

/** What is read of a HorizontalPodAutoscaler. */
export interface ObservedHorizontalPodAutoscaler {
  readonly metadata: ObservedMetadata;
  readonly status?: { readonly conditions?: readonly ObservedCondition[] };
}

/** What is read of a pod. */
export interface ObservedPod {
  readonly metadata: ObservedMetadata;
  readonly status?: {
    readonly conditions?: readonly ObservedCondition[];
    readonly containerStatuses?: readonly ObservedContainer[];
  };
}

/** What is read of a container of a pod. */
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

/** How a container ended. */
export interface ObservedTermination {
  readonly exitCode: number;
  readonly reason?: string;
}
