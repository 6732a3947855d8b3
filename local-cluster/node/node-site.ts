import type { NodeNetwork } from './network-namespace.ts';

/** The directories, network and cgroup of a node, which no other node shares. */
export interface NodeSite {
  readonly nodeName: string;
  readonly stateDirectory: string;
  readonly network: NodeNetwork;
  /** The path of its cgroup below each hierarchy, with a leading slash. */
  readonly cgroup: string;
}
