import type { V1DeploymentSpec } from '@kubernetes/client-node';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { DesiredMetadata } from './child.ts';
import { childLabels, selectorLabels } from './labels.ts';
import { buildPodTemplate } from './pod-template.ts';
import { buildOwnedMetadata } from '../../controller-runtime/object/object.ts';

/** Enough to look back and to roll back by hand. */
const REVISIONS_KEPT = 3;
/** How long a rollout may stand still before the status calls it stuck. */
const PROGRESS_DEADLINE_SECONDS = 120;

/** Long enough for every node's proxy to learn of a new pod, before it counts as available and an old one goes. */
const MIN_READY_SECONDS = 2;

/** The Deployment that a resource is to have; without `replicas`, which the autoscaler owns. */
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
    metadata: buildOwnedMetadata(resource, childLabels(resource, image)),
    spec: {
      selector: { matchLabels: selectorLabels(resource) },
      revisionHistoryLimit: REVISIONS_KEPT,
      minReadySeconds: MIN_READY_SECONDS,
      progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
      // No pod goes before its successor serves.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: buildPodTemplate(resource, image),
    },
  };
}
