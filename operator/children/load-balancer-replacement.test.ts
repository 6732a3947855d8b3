import { describe, expect, it } from '@jest/globals';
import { EMPTY_SPEC, exampleConverter } from '../api/example-converter.ts';
import type { LiveObject } from '../../controller-runtime/apply/live-object.ts';
import { computeLoadBalancerReplacement } from './load-balancer-replacement.ts';
import { buildService } from './service.ts';

interface Service {
  readonly type: 'LoadBalancer' | 'NodePort';
  readonly loadBalancerClass?: string;
}

/** The patch between a live Service, whose class the operator has set if it owns it, and a desired one. */
function replacement(
  found: Service & { isOwned?: true },
  wanted: Service,
): ReturnType<typeof computeLoadBalancerReplacement> {
  const { isOwned, ...spec } = found;
  const live: LiveObject = {
    metadata: { name: 'web', namespace: 'blue', uid: 's1', resourceVersion: '1' },
    spec,
    ownedFields: { 'f:spec': { 'f:type': {}, ...(isOwned ? { 'f:loadBalancerClass': {} } : {}) } },
  };
  const resource = exampleConverter({ spec: { service: { ...EMPTY_SPEC.service, ...wanted } } });
  return computeLoadBalancerReplacement(buildService(resource, 'converter:1'), live);
}

describe('computeLoadBalancerReplacement', () => {
  const type = 'LoadBalancer';

  it.each<[string, Parameters<typeof replacement>]>([
    ['is set', [{ type }, { type, loadBalancerClass: 'a' }]],
    [
      'changes',
      [
        { type, loadBalancerClass: 'a', isOwned: true },
        { type, loadBalancerClass: 'b' },
      ],
    ],
    ['is removed', [{ type, loadBalancerClass: 'a', isOwned: true }, { type }]],
    [
      'replaces that of another manager',
      [
        { type, loadBalancerClass: 'a' },
        { type, loadBalancerClass: 'b' },
      ],
    ],
  ])('makes the Service a ClusterIP Service when the class %s', (_case, [found, wanted]) => {
    expect(replacement(found, wanted)).toEqual({
      metadata: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': null } },
      spec: { type: 'ClusterIP', loadBalancerClass: null, loadBalancerSourceRanges: null },
    });
  });

  it.each<[string, Parameters<typeof replacement>]>([
    [
      'the class stays',
      [
        { type, loadBalancerClass: 'a', isOwned: true },
        { type, loadBalancerClass: 'a' },
      ],
    ],
    ['there is none', [{ type }, { type }]],
    ['another manager has set it, and the spec has none', [{ type, loadBalancerClass: 'a' }, { type }]],
    ['the type changes from LoadBalancer', [{ type, loadBalancerClass: 'a', isOwned: true }, { type: 'NodePort' }]],
    ['the type changes to LoadBalancer', [{ type: 'NodePort' }, { type, loadBalancerClass: 'a' }]],
  ])('is not needed when %s', (_case, [found, wanted]) => {
    expect(replacement(found, wanted)).toBeUndefined();
  });
});
