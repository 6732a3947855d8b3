import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { ServiceSpec, TemperatureConverter } from '../api/temperature-converter.ts';
import type { DesiredMetadata } from './child.ts';
import { childMetadata, selectorLabels } from './labels.ts';
import { HTTP_PORT_NAME } from './pod-template.ts';

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
    metadata: childMetadata(resource, image, annotations),
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
      ...routing(resource.spec.service),
    },
  };
}

type Routing =
  | 'externalTrafficPolicy'
  | 'internalTrafficPolicy'
  | 'trafficDistribution'
  | 'sessionAffinity'
  | 'loadBalancerClass'
  | 'loadBalancerSourceRanges'
  | 'ipFamilyPolicy';

function routing(service: ServiceSpec): Partial<Pick<V1ServiceSpec, Routing>> {
  const { externalTrafficPolicy, internalTrafficPolicy, trafficDistribution, sessionAffinity } = service;
  const { loadBalancerClass, loadBalancerSourceRanges, ipFamilyPolicy } = service;
  return {
    ...(externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy }),
    ...(internalTrafficPolicy === undefined ? {} : { internalTrafficPolicy }),
    ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
    ...(sessionAffinity === undefined ? {} : { sessionAffinity }),
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    ...(loadBalancerSourceRanges === undefined ? {} : { loadBalancerSourceRanges: [...loadBalancerSourceRanges] }),
    ...(ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy }),
  };
}
