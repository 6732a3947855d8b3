import type { NodeSite } from '../node/node-site.ts';
import type { ClusterLayout } from './cluster-layout.ts';

/** A node that the cluster does not have; the message has those that it has. */
export class UnknownNodeError extends Error {
  override readonly name = 'UnknownNodeError';
}

/** A command that needs a running cluster; the message says how to start it. */
export class StoppedClusterError extends Error {
  override readonly name = 'StoppedClusterError';

  constructor(clusterName: string) {
    super(
      `The cluster ${clusterName} is stopped. To start it with all its nodes: \`node local-cluster/main.ts start --name ${clusterName}\``,
    );
  }
}

/** Finds a node of a cluster by its name; throws UnknownNodeError. */
export function findNode({ name, nodes }: Pick<ClusterLayout, 'name' | 'nodes'>, nodeName: string): NodeSite {
  const node = nodes.find((candidate) => candidate.nodeName === nodeName);
  if (node !== undefined) return node;
  const names = nodes.map((candidate) => candidate.nodeName).join(', ');
  throw new UnknownNodeError(`The cluster ${name} has no node "${nodeName}". It has: ${names}.`);
}
