import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { computeConsequences } from './consequences.ts';

const STAYS = 'The address in the cluster stays the same.';
const HTTP = { name: 'http', port: 80 };

describe('the consequences for pods', () => {
  const template = { spec: { containers: [{ name: 'converter', image: 'a:1' }] } };
  const other = { spec: { containers: [{ name: 'converter', image: 'a:2' }] } };

  it.each<[string, boolean, object, object, object]>([
    [
      'Pods are not replaced: the pod template stays the same.',
      false,
      { template },
      { template, minReadySeconds: 1 },
      {},
    ],
    ['Pods are replaced: the pod template changes.', true, { template }, { template: other }, {}],
    ['1 pod is replaced: the pod template changes.', true, { template }, { template: other }, { replicas: 1 }],
    ['3 pods are replaced: the pod template changes.', true, { template }, { template: other }, { replicas: 3 }],
    ['The pod template changes; no pod runs now.', false, { template, replicas: 0 }, { template: other }, {}],
    [
      'Pods are replaced once the rollout of the Deployment is resumed (spec.paused is true).',
      false,
      { template },
      { template: other, paused: true },
      { replicas: 3 },
    ],
  ])('are: %s', (...[sentence, replacesPods, before, after, status]) => {
    const change = { before: { spec: before, status }, after: { spec: after } };
    expect(computeConsequences('Deployment', change)).toEqual({
      replacesPods,
      changesAddress: false,
      sentences: [sentence],
    });
  });
});

describe('the consequences for the address', () => {
  const ingress = { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } };

  it.each<[string, readonly string[], object, object, object?]>([
    ['a selector changes', [STAYS], { ports: [HTTP] }, { ports: [HTTP], selector: {} }],
    [
      'the port changes',
      ['The address changes: the port changes from 80 to 81.'],
      { ports: [HTTP] },
      { ports: [{ ...HTTP, port: 81 }] },
    ],
    ['it gets node ports', [STAYS, 'The Service gets node ports.'], { type: 'ClusterIP' }, { type: 'NodePort' }],
    ['it loses node ports', [STAYS, 'The node ports are released.'], { type: 'NodePort' }, { type: 'ClusterIP' }],
    [
      'a node port changes',
      [STAYS, 'The node port 30080 changes.'],
      { type: 'NodePort', ports: [{ ...HTTP, nodePort: 30_080 }] },
      { type: 'NodePort', ports: [{ ...HTTP, nodePort: 30_081 }] },
    ],
    [
      'it loses its load balancer',
      [STAYS, 'The node ports are released.', 'The external address 203.0.113.1 is released.'],
      { type: 'LoadBalancer' },
      { type: 'ClusterIP' },
      ingress,
    ],
    [
      'the class of its load balancer changes',
      [STAYS, 'The external address 203.0.113.1 is released, and another load balancer is created.'],
      { type: 'LoadBalancer' },
      { type: 'LoadBalancer', loadBalancerClass: 'example.com/a' },
      ingress,
    ],
    [
      'it gets a load balancer',
      [STAYS, 'The Service gets an external address from a load balancer.'],
      { type: 'NodePort' },
      { type: 'LoadBalancer' },
    ],
    [
      'it was an external name',
      ['The address changes: the Service gets a cluster IP in place of its external name.'],
      { type: 'ExternalName' },
      { type: 'ClusterIP' },
    ],
  ])('if %s', (...[, sentences, before, after, status = {}]) => {
    const change = { before: { spec: before, status }, after: { spec: after } };
    expect(computeConsequences('Service', change)).toEqual({
      replacesPods: false,
      changesAddress: !isDeepStrictEqual(sentences, [STAYS]),
      sentences,
    });
  });
});

describe('the consequences for the number of pods', () => {
  it.each([
    ['The Deployment is scaled up from 1 to 2 pods.', 1, { minReplicas: 2, maxReplicas: 5 }],
    ['The Deployment is scaled down from 5 to 3 pods.', 5, { minReplicas: 1, maxReplicas: 3 }],
    ['The number of pods stays within the limits: 2.', 2, { minReplicas: 1, maxReplicas: 3 }],
  ])('are: %s', (sentence, currentReplicas, spec) => {
    const change = { before: { spec: {}, status: { currentReplicas } }, after: { spec } };
    expect(computeConsequences('HorizontalPodAutoscaler', change).sentences).toEqual([sentence]);
  });
});
