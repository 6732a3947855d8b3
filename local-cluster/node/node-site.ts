import type { NodeNetwork } from './network-namespace.ts';

/** The names, directories, network and cgroup of a node. */
export interface NodeSite {
  readonly nodeName: string;
  /** The cluster's state directory, which all nodes share. */
  readonly stateDirectory: string;
  /** The directory of this node, with its configuration, images and containers. */
  readonly nodeDirectory: string;
  readonly network: NodeNetwork;
  /** The path of its cgroup below each hierarchy, with a leading slash. */
  readonly cgroup: string;
}

/** The programs of a node, in the order of their start. */
export const NODE_PROGRAMS = ['containerd', 'kubelet', 'kube-proxy'] as const;

/** A program of a node. */
export type NodeProgram = (typeof NODE_PROGRAMS)[number];

/** The name of a node's daemon. */
export function nodeDaemonName(nodeName: string, program: NodeProgram): string {
  return `${program}@${nodeName}`;
}
