import type { NodeNetwork } from './network-namespace.ts';

/** Where a node lives on this machine; nothing of it is shared with another node. */
export interface NodeSite {
  readonly nodeName: string;
  readonly stateDirectory: string;
  readonly network: NodeNetwork;
  /** The path of its cgroup below each hierarchy, with a leading slash. */
  readonly cgroup: string;
}
