import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { POD_SUBNET } from '../control-plane/site.ts';
import type { BuiltImage } from '../images/built-image.ts';
import {
  type Daemon,
  type DaemonSpec,
  ensureDaemon,
  findDaemon,
  killAllOf,
  waitForDaemons,
} from '../process/daemon.ts';
import { createCgroup, deleteCgroup } from './cgroup-root.ts';
import { CNI_DIRECTORY, CONTAINERD_CONFIG, renderCniConfig, renderContainerdConfig } from './containerd.ts';
import { findContainerdFacts, loadKernelModules } from './host-facts.ts';
import { isContainerdReady } from './image-store.ts';
import { kubeProxyCommand } from './kube-proxy.ts';
import {
  KUBELET_CONFIG,
  kubeletCommand,
  renderKubeletConfig,
  renderResolverConfig,
  RESOLVER_CONFIG,
} from './kubelet.ts';
import { disconnectNode, deleteNodeNetwork } from './network-namespace.ts';
import { NODE_PROGRAMS, nodeDaemonName, type NodeProgram, type NodeSite } from './node-site.ts';
import { enterFilesystemOf, enterNewNodeFilesystem, NODE_PATHS } from './node-filesystem.ts';

/** Starts containerd unless it runs with the current configuration, and waits until it responds. Stops an earlier run first. */
export async function ensureContainerd(
  site: NodeSite,
  toolsDirectory: string,
  pause: BuiltImage,
  signal?: AbortSignal,
): Promise<Daemon> {
  await loadKernelModules(signal);
  const { stateDirectory, nodeDirectory, network } = site;
  await mkdir(nodeDirectory, { recursive: true });
  const config = renderContainerdConfig(findContainerdFacts(nodeDirectory), pause.reference);
  const cni = renderCniConfig(network.podSubnet, POD_SUBNET);
  const spec = daemonSpec(
    site,
    'containerd',
    enterNewNodeFilesystem({ stateDirectory, nodeDirectory, toolsDirectory }, [
      'containerd',
      '--config',
      `${NODE_PATHS.node}/${CONTAINERD_CONFIG}`,
    ]),
    `${config}${cni}`,
  );
  if (findDaemon(spec) === undefined) {
    // A new containerd could not reach pods in the file system of an earlier one.
    await killNodeProcesses(site);
    await createCgroup(site.cgroup);
    await writeConfig(join(nodeDirectory, CONTAINERD_CONFIG), config);
    await writeConfig(join(nodeDirectory, CNI_DIRECTORY, '10-pods.conflist'), cni);
  }
  const containerd = await ensureDaemon(spec);
  await waitForDaemons(
    [containerd],
    {
      what: `containerd of ${site.nodeName} to respond`,
      timeoutMs: 60_000,
      probe: async () => (await isContainerdReady(containerd, signal)) || undefined,
    },
    signal,
  );
  return containerd;
}

/** Starts the kubelet and kube-proxy unless they run with the current configuration. */
export async function ensureKubelet(site: NodeSite, containerd: Daemon): Promise<Daemon[]> {
  const { nodeName, nodeDirectory, network } = site;
  const config = renderKubeletConfig(site.cgroup);
  await writeConfig(join(nodeDirectory, KUBELET_CONFIG), config);
  await writeConfig(join(nodeDirectory, RESOLVER_CONFIG), renderResolverConfig(network.cluster.hostAddress));
  const start = (program: NodeProgram, argv: readonly string[], configuration: string): Promise<Daemon> =>
    ensureDaemon(daemonSpec(site, program, enterFilesystemOf(containerd.pid, argv), configuration));
  return [
    await start('kubelet', kubeletCommand(nodeName, network.nodeAddress), config),
    await start('kube-proxy', kubeProxyCommand(nodeName, POD_SUBNET), ''),
  ];
}

/** Ends a node as a power cut does: its peers receive nothing more, and nothing on it stops in order. */
export async function cutPower(site: NodeSite): Promise<void> {
  // First, so that the kernel closes no connection of the processes that it kills.
  await disconnectNode(site.network);
  await killNodeProcesses(site);
  await deleteNodeNetwork(site.network);
}

/** Kills the node's daemons and all pods; the kernel removes their mounts and networks. */
async function killNodeProcesses({ nodeName, stateDirectory, cgroup }: NodeSite): Promise<void> {
  const daemons = NODE_PROGRAMS.map((program) => nodeDaemonName(nodeName, program));
  await killAllOf(stateDirectory, daemons);
  await deleteCgroup(cgroup);
}

function daemonSpec(site: NodeSite, program: NodeProgram, argv: readonly string[], configuration: string): DaemonSpec {
  const { nodeName, stateDirectory, network } = site;
  return {
    name: nodeDaemonName(nodeName, program),
    argv: network.enter(argv),
    configuration,
    stateDirectory,
    endsWithParent: false,
  };
}

async function writeConfig(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
