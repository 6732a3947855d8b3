import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { DesiredMetadata } from './child.ts';
import { childLabels, selectorLabels } from './labels.ts';
import { HTTP_PORT_NAME } from './pod-template.ts';
import { buildOwnedMetadata } from '../../controller-runtime/object/object.ts';

/** The desired Service of a resource. */
export interface DesiredService {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly metadata: DesiredMetadata;
  readonly spec: V1ServiceSpec;
}

/** Builds the Service that exposes a resource's converter on the port of the spec. */
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
