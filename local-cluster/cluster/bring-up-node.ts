import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientEnvironment } from '../addons/client-environment.ts';
import { getStatusCode, readCredentials } from '../control-plane/api-request.ts';
import { ensureKubeletKubeconfig } from '../control-plane/kubeadm.ts';
import { controlPlaneFiles } from '../control-plane/site.ts';
import type { BuiltImage } from '../images/built-image.ts';
import { copyMissingImages, loadImage } from '../node/image-store.ts';
import { createNodeNetwork, isNodeNetworkUp } from '../node/network-namespace.ts';
import { cutPower, ensureContainerd, ensureKubelet } from '../node/node.ts';
import { nodeDaemonName, type NodeSite } from '../node/node-site.ts';
import { type Daemon, findDaemons } from '../process/daemon.ts';
import { runCommand } from '../process/run-command.ts';
import type { ClusterToolName } from '../toolchain/catalog.ts';
import { toolsDirectory } from '../toolchain/tools-directory.ts';
import { kubernetesVersion, type ToolPaths } from '../tools.ts';
import { type ClusterLayout, controlPlaneSite, MAX_NODES } from './cluster-layout.ts';

/** The images of every node. */
export interface NodeImages {
  readonly pause: BuiltImage;
  readonly coredns: BuiltImage;
  readonly metricsServer: BuiltImage;
}

/** The inputs for starting a node of a cluster whose control plane runs. */
export interface NodeParts {
  readonly layout: ClusterLayout;
  readonly tools: ToolPaths<ClusterToolName>;
  readonly images: NodeImages;
}

/** Starts what is missing or out of date on a node, and loads the images that other nodes have. */
export async function bringUpNode(parts: NodeParts, node: NodeSite, signal?: AbortSignal): Promise<Daemon[]> {
  const { layout, tools, images } = parts;
  if (!(await isNodeNetworkUp(node.network, signal))) {
    // A node without its network is left over from a crash or a reboot.
    await cutPower(node);
    await createNodeNetwork(node.network, MAX_NODES, signal);
  }
  const kubeadm = { kubeadm: tools.kubeadm, kubernetesVersion: kubernetesVersion() };
  await ensureKubeletKubeconfig(kubeadm, controlPlaneSite(layout), node.nodeName, signal);
  await ensureNodeObject(parts, node, signal);
  const containerd = await ensureContainerd(node, toolsDirectory('cluster'), images.pause, signal);
  for (const image of Object.values(images)) await loadImage(containerd, image, signal);
  for (const other of layout.nodes) await copyImagesOf(other, containerd, signal);
  return [containerd, ...(await ensureKubelet(node, containerd))];
}

/** Finds the running containerd of a node. */
export function findContainerd({ stateDirectory, nodeName }: NodeSite): Daemon | undefined {
  const name = nodeDaemonName(nodeName, 'containerd');
  return findDaemons(stateDirectory).find((daemon) => daemon.name === name);
}

async function copyImagesOf(node: NodeSite, to: Daemon, signal?: AbortSignal): Promise<void> {
  const containerd = findContainerd(node);
  if (containerd === undefined || containerd.pid === to.pid) return;
  await copyMissingImages({ containerd, nodeDirectory: node.nodeDirectory }, to, signal);
}

/**
 * Creates the Node object unless it exists. The kubelet would create it too, and the controller manager would give it any
 * pod subnet, but the networks have routes for a fixed one.
 */
async function ensureNodeObject({ tools }: NodeParts, node: NodeSite, signal?: AbortSignal): Promise<void> {
  const { nodeName, stateDirectory, nodeDirectory, network } = node;
  const credentials = await readCredentials(controlPlaneFiles(stateDirectory).adminKubeconfig);
  if ((await getStatusCode(credentials, `/api/v1/nodes/${nodeName}`)) === 200) return;
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName },
    spec: { podCIDR: network.podSubnet, podCIDRs: [network.podSubnet] },
  };
  const manifest = join(nodeDirectory, 'node.json');
  await writeFile(manifest, JSON.stringify(object));
  const options = { env: clientEnvironment(stateDirectory) };
  await runCommand([tools.kubectl, 'apply', '--server-side', '-f', manifest], options, signal);
}
