/**
 * The Go modules in tools/, and the programs that are built from each: name → package. To add one, run `go get -tool
 * PACKAGE@VERSION` in the module's directory and add a line here. A program that needs other versions of the same libraries
 * has its own module.
 */
export const TOOL_MODULES = {
  /** The components and clients of a cluster. */
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
  /** Programs for tests, with the same library versions as the cluster, so that they are compiled once. */
  tests: {
    helm3: 'helm.sh/helm/v3/cmd/helm',
    actionlint: 'github.com/rhysd/actionlint/cmd/actionlint',
  },
  /** The parts of Argo CD that synchronize applications, in one program. */
  argocd: {
    argocd: './argocd',
  },
  kyverno: {
    kyverno: 'github.com/kyverno/kyverno/cmd/kyverno',
  },
  /** The API server of each older version of Kubernetes that the chart supports, for tests. */
  'kube-apiserver-1.30': { 'kube-apiserver-1.30': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-apiserver-1.31': { 'kube-apiserver-1.31': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-apiserver-1.32': { 'kube-apiserver-1.32': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-apiserver-1.33': { 'kube-apiserver-1.33': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-apiserver-1.34': { 'kube-apiserver-1.34': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-apiserver-1.35': { 'kube-apiserver-1.35': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-apiserver-1.36': { 'kube-apiserver-1.36': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  /** Builds only with older Kubernetes libraries. */
  'kube-score': {
    'kube-score': 'github.com/zegl/kube-score/cmd/kube-score',
  },
  /** A registry for images, which the tests of the demo push to and the cluster pulls from. */
  registry: {
    registry: './registry',
  },
  /** The Lua engine of Argo CD. */
  lua: {
    'argo-cd-health': './argo-cd-health',
  },
} as const;

/** A Go module in tools/. */
export type ToolModule = keyof typeof TOOL_MODULES;

/** The name of a program that a cluster needs. */
export type ClusterToolName = keyof (typeof TOOL_MODULES)['cluster'];

/** The name of a program that ensureTools can build. */
export type ToolName = { [Module in ToolModule]: keyof (typeof TOOL_MODULES)[Module] }[ToolModule];

// Object.keys and Object.entries lose the types of the keys.
const MODULES = Object.entries(TOOL_MODULES) as readonly [ToolModule, Readonly<Record<string, string>>][];

/** All modules. */
export const MODULE_NAMES: readonly ToolModule[] = MODULES.map(([module]) => module);

/** The programs that a cluster needs. */
export const CLUSTER_TOOLS = Object.keys(TOOL_MODULES.cluster) as readonly ClusterToolName[];

/** A program: its module and its package. */
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
  throw new Error(`the catalog has no program ${name}`);
}

/** The name of the binary that `go install` writes: the last path element that is not a major version. */
export function binaryNameOf(packagePath: string): string {
  const elements = packagePath.split('/').filter((element) => !/^v\d+$/u.test(element));
  return elements.at(-1) ?? packagePath;
}
