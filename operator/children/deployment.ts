import type { V1DeploymentSpec } from '@kubernetes/client-node';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { DesiredMetadata } from './child.ts';
import { childMetadata, selectorLabels } from './labels.ts';
import { buildPodTemplate } from './pod-template.ts';

/** Enough for `kubectl rollout undo`. */
const REVISIONS_KEPT = 3;
/** How long a rollout may make no progress before the status reports RolloutStuck. */
const PROGRESS_DEADLINE_SECONDS = 120;

/** Gives kube-proxy on every node time to route to a new pod before the rollout deletes an old one. */
const MIN_READY_SECONDS = 2;

/** The desired Deployment of a resource, without `replicas`, which the autoscaler owns. */
export interface DesiredDeployment {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'Deployment';
  readonly metadata: DesiredMetadata;
  readonly spec: V1DeploymentSpec;
}

/** Builds the Deployment that runs the converter's image for a resource. */
export function buildDeployment(resource: TemperatureConverter, image: string): DesiredDeployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(resource, image),
    spec: {
      selector: { matchLabels: selectorLabels(resource) },
      revisionHistoryLimit: REVISIONS_KEPT,
      minReadySeconds: MIN_READY_SECONDS,
      progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
      // The rollout deletes a pod only after its replacement is available.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: buildPodTemplate(resource, image),
    },
  };
}
