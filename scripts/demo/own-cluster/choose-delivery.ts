import { DemoError } from '../demo-error.ts';
import { deliverToK3d } from '../images/k3d-delivery.ts';
import { deliverToKind } from '../images/kind-delivery.ts';
import { deliverToMinikube } from '../images/minikube-delivery.ts';
import { deliverToRegistry } from '../images/registry-delivery.ts';
import { deliverToSharedEngine } from '../images/shared-engine-delivery.ts';
import type { ContainerEngine } from '../images/container-engine.ts';
import type { ImageDelivery } from '../images/image-delivery.ts';
import { type ProgramChoice, requirePrograms } from '../required-programs.ts';
import { type ClusterNode, linuxNodes } from './cluster-node.ts';
import { type ClusterType, programOfContext } from './cluster-type.ts';

/** What decides how images reach a cluster. */
export interface DeliveryTarget {
  readonly context: string;
  readonly clusterType: ClusterType;
  readonly nodes: readonly ClusterNode[];
  /** Takes precedence over the type of the cluster. */
  readonly registry: string | undefined;
}

/** The program that loads images, as far as the names of context and flags tell. */
export function loadProgram(context: string | undefined, registry: string | undefined): readonly ProgramChoice[] {
  const program = context === undefined || registry !== undefined ? undefined : programOfContext(context);
  return program === undefined ? [] : [[program]];
}

/** Throws a DemoError that names a missing program, or asks for --registry. */
export function checkDelivery({ context, clusterType, nodes, registry }: DeliveryTarget): void {
  if (registry !== undefined) return;
  if (nodes.length === 0) throw new DemoError(hasNoNodes(context));
  if (clusterType.type === 'other') throw new DemoError(needsRegistry(context, clusterType.advice));
  if (clusterType.type !== 'shared-engine') requirePrograms([[clusterType.type]]);
}

/** Chooses how images reach a cluster; throws a DemoError as checkDelivery does, or for another engine than the cluster's. */
export function chooseDelivery(target: DeliveryTarget, engine: ContainerEngine): ImageDelivery {
  checkDelivery(target);
  if (target.registry !== undefined) return deliverToRegistry(target.registry, engine);
  const { clusterType } = target;
  const nodes = linuxNodes(target.nodes).map(({ metadata }) => metadata.name);
  switch (clusterType.type) {
    case 'kind':
      return deliverToKind({ ...clusterType, nodes }, engine);
    case 'k3d':
      return deliverToK3d({ ...clusterType, nodes }, engine);
    case 'minikube':
      return deliverToMinikube({ ...clusterType, nodes }, engine);
    case 'shared-engine':
      return deliverToSharedEngine(clusterType, engine);
    case 'other':
      throw new Error('checkDelivery has thrown');
  }
}

function hasNoNodes(context: string): string {
  return (
    `The cluster of the context ${context} has no node into which images could be loaded: repeat the command once one has joined ` +
    `(kubectl --context ${context} get nodes). If it adds nodes for pods, add --registry REGISTRY and --platform linux/amd64 or linux/arm64.`
  );
}

function needsRegistry(context: string, advice: string | undefined): string {
  const lines = [
    `The cluster of the context ${context} is not one of kind, minikube, k3d or an engine on this machine, so it needs a registry:`,
    '  add --registry REGISTRY, for instance --registry registry.example.com/team, which you can push to and the cluster pulls from.',
  ];
  return (advice === undefined ? lines : [advice, ...lines]).join('\n');
}
