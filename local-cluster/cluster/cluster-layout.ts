import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlaneSite } from '../control-plane/site.ts';
import { networkOf } from '../node/network-namespace.ts';
import type { NodeSite } from '../node/node-site.ts';

/** A cluster name that cannot be used; the message says what a name is made of. */
export class InvalidClusterNameError extends Error {
  override readonly name = 'InvalidClusterNameError';

  constructor(value: string) {
    super(
      `"${value}" cannot name a local cluster: it takes 1 to 11 lower-case letters, digits and dashes, a letter first ` +
        '(the name of a network interface has room for no more).',
    );
  }
}

/** All that one cluster owns on this machine; nothing here is shared with another cluster. */
export interface ClusterLayout extends NodeSite {
  readonly name: string;
}

/** Checks the name of a cluster; throws InvalidClusterNameError. */
export function parseClusterName(value: string): string {
  if (!/^[a-z][a-z0-9-]{0,10}$/u.test(value)) throw new InvalidClusterNameError(value);
  return value;
}

/** The directory below which every cluster of this user has its own. */
export function clustersDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_STATE_HOME'] ?? '';
  // The XDG specification has relative paths ignored.
  const state = base.startsWith('/') ? base : join(homedir(), '.local', 'state');
  return join(state, 'temperature-converter-operator', 'clusters');
}

/** The state directory of a cluster. */
export function stateDirectoryOf(name: string): string {
  return join(clustersDirectory(), name);
}

/** Lays out a cluster; `subnetIndex` tells its addresses from those of the other clusters. */
export function layOutCluster(name: string, subnetIndex: number): ClusterLayout {
  return {
    name,
    nodeName: 'node-1',
    stateDirectory: stateDirectoryOf(name),
    network: networkOf(`tco-${name}`, subnetIndex),
    cgroup: `/tco-${name}`,
  };
}

/** The control plane of a cluster lives in the network of its node. */
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
