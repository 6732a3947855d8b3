import type { ClusterNode } from './cluster-node.ts';

/** How a cluster was made, as far as it decides how images reach its nodes. */
export type ClusterType =
  /** kind; the provider is the program that runs the nodes: docker, podman or nerdctl. */
  | { readonly type: 'kind'; readonly cluster: string; readonly provider: string }
  | { readonly type: 'k3d'; readonly cluster: string }
  | { readonly type: 'minikube'; readonly profile: string }
  /** A product whose nodes use the images of the Docker engine with this host name. */
  | { readonly type: 'shared-engine'; readonly product: string; readonly engineHost: string }
  /** Any other; the advice, if any, says why images cannot be loaded although its name suggests it. */
  | { readonly type: 'other'; readonly advice?: string };

/** Docker Desktop's own kind cluster, whose nodes get the images of its engine through a mirror. */
const DESKTOP_KIND = 'kind://docker/desktop/';
const KIND = /^kind:\/\/(?<provider>[^/]+)\/(?<cluster>[^/]+)\//u;
const K3D_SERVER = /^k3d-(?<cluster>.+)-server-\d+$/u;
const MINIKUBE_LABEL = 'minikube.k8s.io/name';

/** Products whose clusters can run on their Docker engine, by the names of their contexts. */
const SHARED_ENGINES: readonly { readonly context: RegExp; readonly product: string }[] = [
  { context: /^docker-(?:desktop|for-desktop)$/u, product: 'Docker Desktop' },
  { context: /^orbstack$/u, product: 'OrbStack' },
  { context: /^rancher-desktop$/u, product: 'Rancher Desktop' },
  { context: /^colima(?:-.+)?$/u, product: 'Colima' },
];

/** Commands whose clusters have such contexts; the nodes must agree, since a context can have any name. */
const CONTEXT_PREFIXES = [
  ['kind-', 'kind'],
  ['k3d-', 'k3d'],
  ['minikube', 'minikube'],
] as const;

/** Finds out the type of a cluster from its nodes; the context's name alone decides nothing. */
export function clusterTypeOf(context: string, nodes: readonly ClusterNode[]): ClusterType {
  return (
    desktopKind(nodes) ?? kind(nodes) ?? minikube(nodes) ?? k3d(nodes) ?? sharedEngine(context, nodes) ?? other(context)
  );
}

/** The program that made the cluster of a context, as its name suggests. */
export function programOfContext(context: string): 'kind' | 'k3d' | 'minikube' | undefined {
  return CONTEXT_PREFIXES.find(([prefix]) => context.startsWith(prefix))?.[1];
}

function desktopKind(nodes: readonly ClusterNode[]): ClusterType | undefined {
  const isDesktop = nodes.some(({ spec }) => spec.providerID?.startsWith(DESKTOP_KIND) === true);
  return isDesktop ? { type: 'shared-engine', product: 'Docker Desktop', engineHost: 'docker-desktop' } : undefined;
}

function kind(nodes: readonly ClusterNode[]): ClusterType | undefined {
  for (const { spec } of nodes) {
    const { provider, cluster } = KIND.exec(spec.providerID ?? '')?.groups ?? {};
    if (provider !== undefined && cluster !== undefined) return { type: 'kind', provider, cluster };
  }
  return undefined;
}

function minikube(nodes: readonly ClusterNode[]): ClusterType | undefined {
  const profile = nodes.map(({ metadata }) => metadata.labels?.[MINIKUBE_LABEL]).find((name) => name !== undefined);
  return profile === undefined ? undefined : { type: 'minikube', profile };
}

function k3d(nodes: readonly ClusterNode[]): ClusterType | undefined {
  const servers = nodes.map(({ metadata }) => K3D_SERVER.exec(metadata.name)?.groups?.['cluster']);
  const cluster = servers.find((name) => name !== undefined);
  return cluster === undefined ? undefined : { type: 'k3d', cluster };
}

function sharedEngine(context: string, nodes: readonly ClusterNode[]): ClusterType | undefined {
  const product = SHARED_ENGINES.find((candidate) => candidate.context.test(context))?.product;
  const [node] = nodes;
  if (product === undefined || node === undefined) return undefined;
  // With another runtime, such as Rancher Desktop's and Colima's containerd, Docker's images stay out of reach.
  const { containerRuntimeVersion } = node.status.nodeInfo;
  return containerRuntimeVersion.startsWith('docker://')
    ? { type: 'shared-engine', product, engineHost: node.metadata.name }
    : {
        type: 'other',
        advice: `The nodes of ${product} run ${containerRuntimeVersion}; with its container engine set to Docker (moby, dockerd), the demo needs no registry.`,
      };
}

function other(context: string): ClusterType {
  const program = programOfContext(context);
  return program === undefined
    ? { type: 'other' }
    : {
        type: 'other',
        advice: `The context is named like a cluster of ${program}, but its nodes are not of ${program}.`,
      };
}
