import { isDeepStrictEqual } from 'node:util';
import type { V1DeploymentSpec, V1ServiceSpec } from '@kubernetes/client-node';
import type { ChildKind } from '../children/child.ts';

/** What follows from a planned change of a child. */
export interface Consequences {
  readonly replacesPods: boolean;
  /** Whether clients of a Service need another address. */
  readonly changesAddress: boolean;
  readonly sentences: readonly string[];
}

const NONE: Consequences = { replacesPods: false, changesAddress: false, sentences: [] };

/** An object before and after, as far as consequences need it. */
export interface Change {
  readonly before: { readonly spec?: object; readonly status?: object };
  readonly after: { readonly spec?: object };
}

/** Computes what follows from the update of a child. */
export function computeConsequences(kind: ChildKind, change: Change): Consequences {
  switch (kind) {
    case 'Deployment':
      return consequencesForPods(change);
    case 'Service':
      return consequencesForAddress(change);
    case 'HorizontalPodAutoscaler':
      return { ...NONE, sentences: consequencesForReplicas(change) };
    case 'PodDisruptionBudget':
      return NONE;
  }
}

/** What follows from the creation of a child. */
export function consequencesOfCreation(kind: ChildKind): readonly string[] {
  switch (kind) {
    case 'Deployment':
      return ['Pods are created.'];
    case 'Service':
      return ['The Service gets a new address.'];
    case 'HorizontalPodAutoscaler':
      return ['The Deployment is scaled automatically.'];
    case 'PodDisruptionBudget':
      return ['Evictions of the pods are limited.'];
  }
}

function consequencesForPods({ before, after }: Change): Consequences {
  // SAFETY: the objects are Deployments.
  const [left, right] = [before.spec, after.spec] as [V1DeploymentSpec | undefined, V1DeploymentSpec | undefined];
  if (isDeepStrictEqual(left?.template, right?.template)) {
    return { ...NONE, sentences: ['Pods are not replaced: the pod template stays the same.'] };
  }
  if (right?.paused === true) {
    const message = 'Pods are replaced once the rollout of the Deployment is resumed (spec.paused is true).';
    return { ...NONE, sentences: [message] };
  }
  if (left?.replicas === 0) return { ...NONE, sentences: ['The pod template changes; no pod runs now.'] };
  const { replicas = 0 }: { readonly replicas?: number } = before.status ?? {};
  return { ...NONE, replacesPods: true, sentences: [`${podsAreReplaced(replicas)}: the pod template changes.`] };
}

function podsAreReplaced(replicas: number): string {
  if (replicas === 0) return 'Pods are replaced';
  return replicas === 1 ? '1 pod is replaced' : `${replicas} pods are replaced`;
}

function consequencesForAddress({ before, after }: Change): Consequences {
  // SAFETY: the objects are Services.
  const [left, right] = [before.spec ?? {}, after.spec ?? {}] as [V1ServiceSpec, V1ServiceSpec];
  const { loadBalancer }: { readonly loadBalancer?: { readonly ingress?: readonly Ingress[] } } = before.status ?? {};
  const inCluster = [...clusterAddress(left, right), ...ports(left, right)];
  const outside = [...nodePorts(left, right), ...externalAddress(left, right, loadBalancer?.ingress ?? [])];
  const stays = inCluster.length === 0 ? ['The address in the cluster stays the same.'] : [];
  return {
    replacesPods: false,
    changesAddress: inCluster.length + outside.length > 0,
    sentences: [...stays, ...inCluster, ...outside],
  };
}

interface Ingress {
  readonly ip?: string;
  readonly hostname?: string;
}

function clusterAddress(before: V1ServiceSpec, after: V1ServiceSpec): readonly string[] {
  if (before.type === 'ExternalName' && after.type !== 'ExternalName') {
    return ['The address changes: the Service gets a cluster IP in place of its external name.'];
  }
  if (before.clusterIP === after.clusterIP || after.clusterIP === undefined) return [];
  return [`The cluster IP changes from ${before.clusterIP ?? 'none'} to ${after.clusterIP}.`];
}

function ports(before: V1ServiceSpec, after: V1ServiceSpec): readonly string[] {
  const [left, right] = [portsOf(before), portsOf(after)];
  if (isDeepStrictEqual(new Set(left), new Set(right))) return [];
  return [`The address changes: the port changes from ${left.join(', ') || 'none'} to ${right.join(', ')}.`];
}

function portsOf(spec: V1ServiceSpec): readonly number[] {
  return (spec.ports ?? []).map(({ port }) => port);
}

function nodePorts(before: V1ServiceSpec, after: V1ServiceSpec): readonly string[] {
  const [left, right] = [hasNodePorts(before), hasNodePorts(after)];
  if (left && !right) return ['The node ports are released.'];
  if (!left && right) return ['The Service gets node ports.'];
  const lost = nodePortsOf(before).filter((port) => !nodePortsOf(after).includes(port));
  return left && lost.length > 0 ? [`The node port ${lost.join(', ')} changes.`] : [];
}

function nodePortsOf(spec: V1ServiceSpec): readonly number[] {
  return (spec.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []);
}

function hasNodePorts({ type }: V1ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function externalAddress(before: V1ServiceSpec, after: V1ServiceSpec, ingress: readonly Ingress[]): readonly string[] {
  const [left, right] = [before.type === 'LoadBalancer', after.type === 'LoadBalancer'];
  if (!left && right) return ['The Service gets an external address from a load balancer.'];
  const isReplaced = left && right && before.loadBalancerClass !== after.loadBalancerClass;
  if (!isReplaced && (!left || right)) return [];
  const address = ingress.flatMap(({ ip, hostname }) => ip ?? hostname ?? []).join(', ');
  const of = address === '' ? 'The load balancer' : `The external address ${address}`;
  return [`${of} is released${isReplaced ? ', and another load balancer is created' : ''}.`];
}

function consequencesForReplicas({ before, after }: Change): readonly string[] {
  const { currentReplicas }: { readonly currentReplicas?: number } = before.status ?? {};
  const { minReplicas = 1, maxReplicas }: { readonly minReplicas?: number; readonly maxReplicas?: number } =
    after.spec ?? {};
  if (currentReplicas === undefined || maxReplicas === undefined || currentReplicas === 0) return [];
  if (currentReplicas < minReplicas)
    return [`The Deployment is scaled up from ${currentReplicas} to ${minReplicas} pods.`];
  if (currentReplicas > maxReplicas)
    return [`The Deployment is scaled down from ${currentReplicas} to ${maxReplicas} pods.`];
  return [`The number of pods stays within the limits: ${currentReplicas}.`];
}
