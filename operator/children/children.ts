import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildDeployment, type DesiredDeployment } from './deployment.ts';
import { buildHorizontalPodAutoscaler, type DesiredHorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { buildService, type DesiredService } from './service.ts';

/** The desired children of a resource. */
export interface DesiredChildren {
  readonly Deployment: DesiredDeployment;
  readonly Service: DesiredService;
  readonly HorizontalPodAutoscaler: DesiredHorizontalPodAutoscaler;
}

/** One desired child. */
export type DesiredChild = DesiredChildren[keyof DesiredChildren];

/** Defaults of the operator for fields that a resource does not set. */
export interface ConverterDefaults {
  /** The converter's image. */
  readonly image: string;
}

/** Builds every child of a resource. */
export function buildChildren(resource: TemperatureConverter, defaults: ConverterDefaults): DesiredChildren {
  const image = resource.spec.image ?? defaults.image;
  return {
    Deployment: buildDeployment(resource, image),
    Service: buildService(resource, image),
    HorizontalPodAutoscaler: buildHorizontalPodAutoscaler(resource, image),
  };
}
