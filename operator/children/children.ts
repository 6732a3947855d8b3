import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildDeployment, type DesiredDeployment } from './deployment.ts';
import { buildHorizontalPodAutoscaler, type DesiredHorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { buildPodDisruptionBudget, type DesiredPodDisruptionBudget } from './pod-disruption-budget.ts';
import { buildService, type DesiredService } from './service.ts';

/** The desired children of a resource; undefined for a child that the resource must not have. */
export interface DesiredChildren {
  readonly Deployment: DesiredDeployment;
  readonly Service: DesiredService;
  readonly HorizontalPodAutoscaler: DesiredHorizontalPodAutoscaler;
  readonly PodDisruptionBudget: DesiredPodDisruptionBudget | undefined;
}

/** One desired child. */
export type DesiredChild = NonNullable<DesiredChildren[keyof DesiredChildren]>;

/** Defaults of the operator for fields that a resource does not set. */
export interface ConverterDefaults {
  /** The converter's image. */
  readonly image: string;
}

/** Builds every child of a resource. */
export function buildChildren(resource: TemperatureConverter, defaults: ConverterDefaults): DesiredChildren {
  const { image = defaults.image, podDisruptionBudget } = resource.spec;
  return {
    Deployment: buildDeployment(resource, image),
    Service: buildService(resource, image),
    HorizontalPodAutoscaler: buildHorizontalPodAutoscaler(resource, image),
    PodDisruptionBudget:
      podDisruptionBudget === undefined ? undefined : buildPodDisruptionBudget(resource, image, podDisruptionBudget),
  };
}
