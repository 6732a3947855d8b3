import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlaneSite } from '../control-plane/site.ts';
import { networkOf } from '../node/network-namespace.ts';
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

/** The directories, addresses and names of one cluster, which no other cluster shares. */
export interface ClusterLayout extends NodeSite {
  readonly name: string;
}

/** Validates the name of a cluster; throws InvalidClusterNameError. */
export function parseClusterName(value: string): string {
  if (!/^[a-z][a-z0-9-]{0,10}$/u.test(value)) throw new InvalidClusterNameError(value);
  return value;
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
export function layOutCluster(name: string, subnetIndex: number): ClusterLayout {
  return {
    name,
    nodeName: 'node-1',
    stateDirectory: stateDirectoryOf(name),
    network: networkOf(`tco-${name}`, subnetIndex),
    cgroup: `/tco-${name}`,
  };
}

/** The site of the control plane: the network of the node. */
export function controlPlaneSite({ nodeName, stateDirectory, network }: ClusterLayout): ControlPlaneSite {
  return {
    stateDirectory,
    apiAddress: network.nodeAddress,
    apiPort: 6443,
    nodeAddress: network.nodeAddress,
    nodeName,
    etcdClientPort: 2379,
    etcdPeerPort: 2380,
    enterNetwork: network.enter,
    endsWithParent: false,
  };
}
