import { describe, expect, it } from '@jest/globals';
import { exampleConverter, FULL_SPEC } from '../api/example-converter.ts';
import { buildOwnedMetadata } from '../../controller-runtime/object/object.ts';
import { childLabels } from './labels.ts';
import { buildService } from './service.ts';

const IMAGE = 'converter:1';
const SELECTOR = {
  'app.kubernetes.io/name': 'temperature-converter',
  'app.kubernetes.io/instance': 'web',
  'app.kubernetes.io/component': 'converter',
};

describe('buildService', () => {
  it('with an empty spec is a ClusterIP on port 80', () => {
    const resource = exampleConverter();
    expect(buildService(resource, IMAGE)).toStrictEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: buildOwnedMetadata(resource, childLabels(resource, IMAGE)),
      spec: {
        type: 'ClusterIP',
        selector: SELECTOR,
        ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
      },
    });
  });

  it('with a full spec has its port, type, node port, routing and annotations', () => {
    const resource = exampleConverter({ spec: FULL_SPEC });
    expect(buildService(resource, IMAGE)).toStrictEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        ...buildOwnedMetadata(resource, childLabels(resource, IMAGE)),
        annotations: { 'example.com/contact': 'weather', 'example.com/cost': 'low' },
      },
      spec: {
        type: 'LoadBalancer',
        selector: SELECTOR,
        ports: [{ name: 'http', port: 8080, protocol: 'TCP', targetPort: 'http', nodePort: 30_080 }],
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferClose',
        sessionAffinity: 'ClientIP',
        loadBalancerClass: 'example.com/internal',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        ipFamilyPolicy: 'PreferDualStack',
      },
    });
  });
});
