/**
 * The programs that are built from the Go modules in tools/: name → package. To add one, `go get -tool PACKAGE@VERSION`
 * in tools/ and a line here.
 */
export const TOOL_PACKAGES = {
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
} as const;

/** The name of a program that ensureTools can build. */
export type ToolName = keyof typeof TOOL_PACKAGES;

/** All programs of the catalog. */
export const TOOL_NAMES = Object.keys(TOOL_PACKAGES) as readonly ToolName[]; // Object.keys forgets the type of the keys.

/** The name that `go install` gives to the binary of a package: its last path element that is not a major version. */
export function binaryNameOf(packagePath: string): string {
  const elements = packagePath.split('/').filter((element) => !/^v\d+$/u.test(element));
  return elements.at(-1) ?? packagePath;
}
