import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { POD_SUBNET } from '../control-plane/site.ts';
import type { BuiltImage } from '../images/built-image.ts';
import {
  type Daemon,
  type DaemonSpec,
  ensureDaemon,
  findDaemon,
  findDaemons,
  killAllOf,
  stopDaemon,
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
import type { NodeSite } from './node-site.ts';
import { enterFilesystemOf, enterNewNodeFilesystem, NODE_PATHS } from './node-filesystem.ts';

const NODE_DAEMONS = ['kubelet', 'kube-proxy', 'containerd'];

/** The pod subnet of the only node: the first that the controller manager allocates. */
const NODE_POD_SUBNET = POD_SUBNET.replace('/16', '/24');

/** Starts containerd unless it runs with the current configuration, and waits until it responds. Stops an earlier run first. */
export async function ensureContainerd(
  site: NodeSite,
  toolsDirectory: string,
  pause: BuiltImage,
  signal?: AbortSignal,
): Promise<Daemon> {
  await loadKernelModules(signal);
  const { stateDirectory, network } = site;
  const config = renderContainerdConfig(findContainerdFacts(stateDirectory), pause.reference);
  const cni = renderCniConfig(NODE_POD_SUBNET);
  const spec: DaemonSpec = {
    name: 'containerd',
    argv: network.enter(
      enterNewNodeFilesystem(stateDirectory, toolsDirectory, [
        'containerd',
        '--config',
        `${NODE_PATHS.state}/${CONTAINERD_CONFIG}`,
      ]),
    ),
    configuration: `${config}${cni}`,
    stateDirectory,
    endsWithParent: false,
  };
  if (findDaemon(spec) === undefined) {
    // A new containerd could not reach pods in the file system of an earlier one.
    await stopNode(site);
    await createCgroup(site.cgroup);
    await writeConfig(join(stateDirectory, CONTAINERD_CONFIG), config);
    await writeConfig(join(stateDirectory, CNI_DIRECTORY, '10-pods.conflist'), cni);
  }
  const containerd = await ensureDaemon(spec);
  await waitForDaemons(
    [containerd],
    {
      what: 'containerd to respond',
      timeoutMs: 60_000,
      probe: async () => (await isContainerdReady(containerd, signal)) || undefined,
    },
    signal,
  );
  return containerd;
}

/** Starts the kubelet and kube-proxy unless they run with the current configuration. */
export async function ensureKubelet(site: NodeSite, containerd: Daemon): Promise<Daemon[]> {
  const { nodeName, stateDirectory, network } = site;
  const config = renderKubeletConfig(site.cgroup);
  await writeConfig(join(stateDirectory, KUBELET_CONFIG), config);
  await writeConfig(join(stateDirectory, RESOLVER_CONFIG), renderResolverConfig(network.hostAddress));
  const start = (name: string, argv: readonly string[], configuration: string): Promise<Daemon> =>
    ensureDaemon({
      name,
      argv: network.enter(enterFilesystemOf(containerd.pid, argv)),
      configuration,
      stateDirectory,
      endsWithParent: false,
    });
  return [
    await start('kubelet', kubeletCommand(nodeName, network.nodeAddress), config),
    await start('kube-proxy', kubeProxyCommand(nodeName, POD_SUBNET), ''),
  ];
}

/** Stops the node's daemons and all pods; the kernel removes their mounts and networks. */
export async function stopNode({ stateDirectory, cgroup }: NodeSite): Promise<void> {
  const running = findDaemons(stateDirectory).filter(
    (daemon) => daemon.name === 'kubelet' || daemon.name === 'kube-proxy',
  );
  await Promise.all(running.map((daemon) => stopDaemon(daemon)));
  await killAllOf(stateDirectory, NODE_DAEMONS);
  await deleteCgroup(cgroup);
}

async function writeConfig(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
