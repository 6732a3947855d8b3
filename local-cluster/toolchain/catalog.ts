/**
 * The Go modules in tools/, and the programs that are built from each: name → package. To add one, `go get -tool
 * PACKAGE@VERSION` in the module's directory and a line here. What needs other versions of the same libraries gets a
 * module of its own.
 */
export const TOOL_MODULES = {
  /** What a cluster is made of, and talked to with. */
  cluster: {
    etcd: 'go.etcd.io/etcd/server/v3',
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    kubelet: 'k8s.io/kubernetes/cmd/kubelet',
    'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
    kubeadm: 'k8s.io/kubernetes/cmd/kubeadm',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    coredns: './coredns',
    'metrics-server': 'sigs.k8s.io/metrics-server/cmd/metrics-server',
    helm: 'helm.sh/helm/v4/cmd/helm',
  },
  /** What only tests use, of the same libraries as the cluster where both have them: these are compiled once. */
  tests: {
    helm3: 'helm.sh/helm/v3/cmd/helm',
    actionlint: 'github.com/rhysd/actionlint/cmd/actionlint',
  },
  /** Builds with older libraries of Kubernetes only. */
  'kube-score': {
    'kube-score': 'github.com/zegl/kube-score/cmd/kube-score',
  },
} as const;

/** A Go module in tools/. */
export type ToolModule = keyof typeof TOOL_MODULES;

/** The name of a program that a cluster needs. */
export type ClusterToolName = keyof (typeof TOOL_MODULES)['cluster'];

/** The name of a program that ensureTools can build. */
export type ToolName = { [Module in ToolModule]: keyof (typeof TOOL_MODULES)[Module] }[ToolModule];

// Object.keys and Object.entries forget the types of the keys.
const MODULES = Object.entries(TOOL_MODULES) as readonly [ToolModule, Readonly<Record<string, string>>][];

/** All modules. */
export const MODULE_NAMES: readonly ToolModule[] = MODULES.map(([module]) => module);

/** The programs that a cluster needs. */
export const CLUSTER_TOOLS = Object.keys(TOOL_MODULES.cluster) as readonly ClusterToolName[];

/** A program: the module that it is built from, and its package there. */
export interface Tool {
  readonly module: ToolModule;
  readonly packagePath: string;
}

/** Finds a program in the catalog. */
export function findTool(name: ToolName): Tool {
  for (const [module, programs] of MODULES) {
    const packagePath = programs[name];
    if (packagePath !== undefined) return { module, packagePath };
  }
  throw new Error(`the catalog has no ${name}`);
}

/** The name that `go install` gives to the binary of a package: its last path element that is not a major version. */
export function binaryNameOf(packagePath: string): string {
  const elements = packagePath.split('/').filter((element) => !/^v\d+$/u.test(element));
  return elements.at(-1) ?? packagePath;
}
