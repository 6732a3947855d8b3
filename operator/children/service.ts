import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { DesiredMetadata } from './child.ts';
import { childLabels, selectorLabels } from './labels.ts';
import { HTTP_PORT_NAME } from './pod-template.ts';
import { buildOwnedMetadata } from '../../controller-runtime/object/object.ts';

/** The Service that a resource is to have. */
export interface DesiredService {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly metadata: DesiredMetadata;
  readonly spec: V1ServiceSpec;
}

/** Builds the Service by which a resource's converter is reached on the port that was asked for. */
export function buildService(resource: TemperatureConverter, image: string): DesiredService {
  const { port, type, nodePort, annotations } = resource.spec.service;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...buildOwnedMetadata(resource, childLabels(resource, image)),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      type,
      selector: selectorLabels(resource),
      ports: [
        {
          name: HTTP_PORT_NAME,
          port,
          protocol: 'TCP',
          targetPort: HTTP_PORT_NAME,
          ...(nodePort === undefined ? {} : { nodePort }),
        },
      ],
    },
  };
}
