import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildDeployment, type DesiredDeployment } from './deployment.ts';
import { buildHorizontalPodAutoscaler, type DesiredHorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { buildService, type DesiredService } from './service.ts';

/** The objects that a resource is to have. */
export interface DesiredChildren {
  readonly Deployment: DesiredDeployment;
  readonly Service: DesiredService;
  readonly HorizontalPodAutoscaler: DesiredHorizontalPodAutoscaler;
}

/** One of these objects. */
export type DesiredChild = DesiredChildren[keyof DesiredChildren];

/** What the operator decides where a resource says nothing. */
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
