import type { V1PodDisruptionBudgetSpec } from '@kubernetes/client-node';
import type { PodDisruptionBudgetSpec, TemperatureConverter } from '../api/temperature-converter.ts';
import type { DesiredMetadata } from './child.ts';
import { childMetadata, selectorLabels } from './labels.ts';

/** The desired PodDisruptionBudget of a resource. */
export interface DesiredPodDisruptionBudget {
  readonly apiVersion: 'policy/v1';
  readonly kind: 'PodDisruptionBudget';
  readonly metadata: DesiredMetadata;
  readonly spec: V1PodDisruptionBudgetSpec;
}

/** Builds the budget that limits how many pods of a resource are evicted at once. */
export function buildPodDisruptionBudget(
  resource: TemperatureConverter,
  image: string,
  { maxUnavailable }: PodDisruptionBudgetSpec,
): DesiredPodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMetadata(resource, image),
    spec: {
      maxUnavailable,
      selector: { matchLabels: selectorLabels(resource) },
      // A pod that does not serve must not block the drain of its node.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
