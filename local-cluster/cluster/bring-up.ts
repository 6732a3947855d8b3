import { mkdir } from 'node:fs/promises';
import { installAddons } from '../addons/addons.ts';
import { type AutoscalerTiming, controllerManagerCommand, schedulerCommand } from '../control-plane/controllers.ts';
import { ensureCredentials } from '../control-plane/kubeadm.ts';
import { ensureSiteDaemon, startApiServer, startEtcd, waitForApiServer } from '../control-plane/servers.ts';
import type { ControlPlaneSite } from '../control-plane/site.ts';
import { buildProgramImage } from '../images/program-image.ts';
import { findProgram } from '../host/find-program.ts';
import { createClusterNetwork, isClusterNetworkUp } from '../node/network-namespace.ts';
import type { NodeSite } from '../node/node-site.ts';
import type { Daemon } from '../process/daemon.ts';
import type { ClusterToolName } from '../toolchain/catalog.ts';
import { kubernetesVersion, type ToolPaths } from '../tools.ts';
import { bringUpNode, type NodeImages } from './bring-up-node.ts';
import { type ClusterLayout, controlPlaneSite, MAX_NODES } from './cluster-layout.ts';
import { takeDown } from './take-down.ts';
import { waitForNode } from './wait-for-node.ts';

/** The inputs for starting a cluster. */
export interface ClusterParts {
  readonly layout: ClusterLayout;
  readonly tools: ToolPaths<ClusterToolName>;
  readonly autoscaler: AutoscalerTiming;
  readonly log: (line: string) => void;
}

/** Starts what is missing or out of date in a cluster, and keeps the rest. */
export async function bringUp(parts: ClusterParts, signal?: AbortSignal): Promise<void> {
  const { layout, log } = parts;
  await mkdir(layout.stateDirectory, { recursive: true, mode: 0o700 });
  // They also record the number of nodes.
  for (const { nodeDirectory } of layout.nodes) await mkdir(nodeDirectory, { recursive: true });
  if (!(await isClusterNetworkUp(layout.network, signal))) {
    // A cluster without its network is left over from a crash or a reboot.
    await takeDown(layout);
    await createClusterNetwork(layout.network, MAX_NODES, signal);
  }
  const [images, controlPlane] = await allSettledOrFirstError([
    buildNodeImages(parts, signal),
    bringUpControlPlane(parts, signal),
  ]);
  const daemons = [...controlPlane];
  for (const node of layout.nodes) {
    log(`starting ${node.nodeName}`);
    daemons.push(...(await bringUpNode({ ...parts, images }, node, signal)));
  }
  log(layout.nodes.length === 1 ? 'waiting for the node' : 'waiting for the nodes');
  for (const node of layout.nodes) await waitForNode(node, daemons, signal);
  await installAddons({ ...parts, site: controlPlaneSite(layout), images, daemons }, signal);
}

/** Starts a stopped node of a cluster whose control plane runs, and waits until it is ready. */
export async function startNode(parts: ClusterParts, node: NodeSite, signal?: AbortSignal): Promise<void> {
  const images = await buildNodeImages(parts, signal);
  parts.log(`starting ${node.nodeName}`);
  const daemons = await bringUpNode({ ...parts, images }, node, signal);
  await waitForNode(node, daemons, signal);
}

/** Starts the daemons of the control plane that are not running with the current configuration. */
export async function bringUpControlPlane(
  { layout, tools, autoscaler, log }: ClusterParts,
  signal?: AbortSignal,
): Promise<Daemon[]> {
  log('starting the control plane');
  const site: ControlPlaneSite = controlPlaneSite(layout);
  const etcd = await startEtcd(tools.etcd, site);
  await ensureCredentials({ kubeadm: tools.kubeadm, kubernetesVersion: kubernetesVersion() }, site, signal);
  const apiServer = await startApiServer(tools['kube-apiserver'], site, []);
  await waitForApiServer(site, [etcd, apiServer], signal);
  const controllers = controllerManagerCommand(tools['kube-controller-manager'], site, autoscaler);
  return [
    etcd,
    apiServer,
    await ensureSiteDaemon(site, 'kube-controller-manager', controllers),
    await ensureSiteDaemon(site, 'kube-scheduler', schedulerCommand(tools['kube-scheduler'], site)),
  ];
}

async function buildNodeImages({ tools, log }: ClusterParts, signal?: AbortSignal): Promise<NodeImages> {
  return {
    pause: await buildProgramImage(findProgram('catatonit') ?? 'catatonit', ['-P'], log, signal),
    coredns: await buildProgramImage(tools.coredns, [], log, signal),
    metricsServer: await buildProgramImage(tools['metrics-server'], [], log, signal),
  };
}

/** Waits for both even when one fails, so that a cleanup does not race with the other. */
async function allSettledOrFirstError<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
