import type { V2HorizontalPodAutoscalerSpec } from '@kubernetes/client-node';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { DesiredMetadata } from './child.ts';
import { childMetadata } from './labels.ts';
import { CONVERTER_CONTAINER } from './pod-template.ts';

/** The desired HorizontalPodAutoscaler of a resource. */
export interface DesiredHorizontalPodAutoscaler {
  readonly apiVersion: 'autoscaling/v2';
  readonly kind: 'HorizontalPodAutoscaler';
  readonly metadata: DesiredMetadata;
  readonly spec: V2HorizontalPodAutoscalerSpec;
}

/** Builds the autoscaler that scales a resource's Deployment by the CPU utilization of the converter's container. */
export function buildHorizontalPodAutoscaler(
  resource: TemperatureConverter,
  image: string,
): DesiredHorizontalPodAutoscaler {
  const { minReplicas, maxReplicas, targetCPUUtilizationPercentage, scaleDownStabilizationWindowSeconds } =
    resource.spec.autoscaling;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: childMetadata(resource, image),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: resource.metadata.name },
      minReplicas,
      maxReplicas,
      metrics: [
        {
          // Not `Resource`, the sum over all containers: without a CPU request, an injected sidecar disables that metric.
          type: 'ContainerResource',
          containerResource: {
            name: 'cpu',
            container: CONVERTER_CONTAINER,
            target: { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage },
          },
        },
      ],
      ...(scaleDownStabilizationWindowSeconds === undefined
        ? {}
        : { behavior: { scaleDown: { stabilizationWindowSeconds: scaleDownStabilizationWindowSeconds } } }),
    },
  };
}
