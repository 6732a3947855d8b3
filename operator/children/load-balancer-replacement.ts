import type { ObjectToApply } from '../../controller-runtime/object/object.ts';
import type { MergePatch } from '../../controller-runtime/client/write.ts';
import type { LiveObject } from '../../controller-runtime/apply/live-object.ts';
import { ownsField } from '../../controller-runtime/apply/owned-fields.ts';

interface ServiceSpec {
  readonly type?: string;
  readonly loadBalancerClass?: string;
}

/**
 * The merge patch that makes a Service a ClusterIP Service for a moment, since the class of a load balancer cannot change
 * while the type stays LoadBalancer; undefined if the class stays. A class that another manager has set stays if the desired
 * Service has none.
 */
export function computeLoadBalancerReplacement(desired: ObjectToApply, live: LiveObject): MergePatch | undefined {
  const wanted: ServiceSpec = desired.spec ?? {};
  const found: ServiceSpec = live.spec ?? {};
  if (wanted.type !== 'LoadBalancer' || found.type !== 'LoadBalancer') return undefined;
  const isReleased = ownsField(live.ownedFields, ['f:spec', 'f:loadBalancerClass']);
  const loadBalancerClass = wanted.loadBalancerClass ?? (isReleased ? undefined : found.loadBalancerClass);
  if (loadBalancerClass === found.loadBalancerClass) return undefined;
  return {
    metadata: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': null } },
    spec: { type: 'ClusterIP', loadBalancerClass: null, loadBalancerSourceRanges: null },
  };
}
