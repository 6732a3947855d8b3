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
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** Taints that Kubernetes itself sets and soon removes, for instance on a node that has just joined; not those of a lost one. */
const LIFE_CYCLE_TAINTS: ReadonlySet<string> = new Set([
  ...['not-ready', 'network-unavailable', 'memory-pressure', 'disk-pressure', 'pid-pressure'].map(
    (name) => `node.kubernetes.io/${name}`,
  ),
  'node.cloudprovider.kubernetes.io/uninitialized',
]);

/** The nodes to which pods without tolerations are scheduled, now or once the nodes are ready. */
export function openNodes(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  return linuxNodes(nodes).filter(isOpen);
}

/** The platforms of nodes, such as linux/amd64, each once. */
export function platformsOf(nodes: readonly ClusterNode[]): readonly string[] {
  return [...new Set(nodes.map(({ status }) => `linux/${status.nodeInfo.architecture}`))].toSorted();
}

/** The nodes that run Linux containers. */
export function linuxNodes(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  return nodes.filter(({ status }) => status.nodeInfo.operatingSystem === 'linux');
}

function isOpen({ spec }: ClusterNode): boolean {
  const isTainted = (spec.taints ?? []).some(
    ({ key, effect }) => (effect === 'NoSchedule' || effect === 'NoExecute') && !LIFE_CYCLE_TAINTS.has(key),
  );
  return spec.unschedulable !== true && !isTainted;
}
