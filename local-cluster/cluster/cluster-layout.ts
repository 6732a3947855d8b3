import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlaneSite } from '../control-plane/site.ts';
import { type ClusterNetwork, clusterNetworkOf, nodeNetworkOf } from '../node/network-namespace.ts';
import type { NodeSite } from '../node/node-site.ts';

/** An invalid cluster name; the message has the rules. */
export class InvalidClusterNameError extends Error {
  override readonly name = 'InvalidClusterNameError';

  constructor(value: string) {
    super(
      `"${value}" cannot name a local cluster: a name has 1 to 11 lowercase letters, digits and dashes, and begins with a letter ` +
        '(names of network interfaces are limited).',
    );
  }
}

/** A number of nodes that a cluster cannot have; the message says which are possible. */
export class InvalidNodeCountError extends Error {
  override readonly name = 'InvalidNodeCountError';
}

/** The maximum number of nodes of a cluster. Each network has routes to the pods of so many. */
export const MAX_NODES = 5;

/** The directories, addresses and names of one cluster, which no other cluster shares. */
export interface ClusterLayout {
  readonly name: string;
  readonly stateDirectory: string;
  readonly network: ClusterNetwork;
  /** The path of its cgroup below each hierarchy, with a leading slash; it contains those of the nodes. */
  readonly cgroup: string;
  /** In the order of their names, node-1 first. */
  readonly nodes: readonly NodeSite[];
}

/** Validates the name of a cluster; throws InvalidClusterNameError. */
export function parseClusterName(value: string): string {
  if (!/^[a-z][a-z0-9-]{0,10}$/u.test(value)) throw new InvalidClusterNameError(value);
  return value;
}

/** Validates a number of nodes; throws InvalidNodeCountError. */
export function parseNodeCount(value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_NODES) return value;
  throw new InvalidNodeCountError(`A local cluster has 1 to ${MAX_NODES} nodes, not ${value}.`);
}

/** The parent of the state directories of this user's clusters. */
export function clustersDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_STATE_HOME'] ?? '';
  // The XDG specification ignores relative paths.
  const state = base.startsWith('/') ? base : join(homedir(), '.local', 'state');
  return join(state, 'temperature-converter-operator', 'clusters');
}

/** The state directory of a cluster. */
export function stateDirectoryOf(name: string): string {
  return join(clustersDirectory(), name);
}

/** Lays out a cluster; `subnetIndex` determines its addresses. */
export function layOutCluster(name: string, subnetIndex: number, nodeCount: number): ClusterLayout {
  const stateDirectory = stateDirectoryOf(name);
  const network = clusterNetworkOf(`tco-${name}`, subnetIndex);
  const cgroup = `/tco-${name}`;
  const nodeAt = (_: unknown, offset: number): NodeSite => {
    const nodeName = `node-${offset + 1}`;
    return {
      nodeName,
      stateDirectory,
      nodeDirectory: join(nodesDirectory(stateDirectory), nodeName),
      network: nodeNetworkOf(network, offset + 1),
      cgroup: `${cgroup}/${nodeName}`,
    };
  };
  return { name, stateDirectory, network, cgroup, nodes: Array.from({ length: nodeCount }, nodeAt) };
}

/** The number of nodes that a cluster has had in an earlier start: each has a directory. 0 before the first start. */
export function countNodes(clusterName: string): number {
  const directory = nodesDirectory(stateDirectoryOf(clusterName));
  return existsSync(directory) ? readdirSync(directory).length : 0;
}

/** The site of the control plane: the network that connects the nodes. It runs on none of them. */
export function controlPlaneSite({ stateDirectory, network, nodes }: ClusterLayout): ControlPlaneSite {
  return {
    stateDirectory,
    apiAddress: network.apiAddress,
    apiPort: 6443,
    nodeAddress: network.apiAddress,
    nodeName: nodes[0]?.nodeName ?? '',
    etcdClientPort: 2379,
    etcdPeerPort: 2380,
    enterNetwork: network.enter,
    endsWithParent: false,
  };
}

function nodesDirectory(stateDirectory: string): string {
  return join(stateDirectory, 'nodes');
}
