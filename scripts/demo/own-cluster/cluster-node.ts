/** The fields of a Node that decide how images reach it. */
export interface ClusterNode {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
  readonly status: {
    readonly nodeInfo: {
      readonly architecture: string;
      readonly operatingSystem: string;
      readonly containerRuntimeVersion: string;
    };
  };
}

/** The platforms of the nodes on which ordinary pods can run, such as linux/amd64; empty if there is no such node. */
export function platformsOf(nodes: readonly ClusterNode[]): readonly string[] {
  const platforms = linuxNodes(nodes)
    .filter(isOpen)
    .map(({ status }) => `linux/${status.nodeInfo.architecture}`);
  return [...new Set(platforms)].toSorted();
}

/** The nodes that run Linux containers. */
export function linuxNodes(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  return nodes.filter(({ status }) => status.nodeInfo.operatingSystem === 'linux');
}

/** Whether pods without tolerations are scheduled to a node. */
function isOpen({ spec }: ClusterNode): boolean {
  const isTainted = (spec.taints ?? []).some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  return spec.unschedulable !== true && !isTainted;
}
