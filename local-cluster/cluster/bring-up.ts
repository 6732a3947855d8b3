import { mkdir } from 'node:fs/promises';
import { installAddons } from '../addons/addons.ts';
import { type AutoscalerTiming, controllerManagerCommand, schedulerCommand } from '../control-plane/controllers.ts';
import { ensureCredentials } from '../control-plane/kubeadm.ts';
import { ensureSiteDaemon, startApiServer, startEtcd, waitForApiServer } from '../control-plane/servers.ts';
import type { ControlPlaneSite } from '../control-plane/site.ts';
import { buildProgramImage } from '../images/program-image.ts';
import type { BuiltImage } from '../images/built-image.ts';
import { findProgram } from '../host/find-program.ts';
import { loadImage } from '../node/image-store.ts';
import { createNetwork, isNetworkUp } from '../node/network-namespace.ts';
import { ensureContainerd, ensureKubelet } from '../node/node.ts';
import type { Daemon } from '../process/daemon.ts';
import type { ClusterToolName } from '../toolchain/catalog.ts';
import { kubernetesVersion, type ToolPaths } from '../tools.ts';
import { toolsDirectory } from '../toolchain/tools-directory.ts';
import { type ClusterLayout, controlPlaneSite } from './cluster-layout.ts';
import { takeDown } from './take-down.ts';

/** The inputs for starting a cluster. */
export interface ClusterParts {
  readonly layout: ClusterLayout;
  readonly tools: ToolPaths<ClusterToolName>;
  readonly autoscaler: AutoscalerTiming;
  readonly log: (line: string) => void;
}

interface NodeImages {
  readonly pause: BuiltImage;
  readonly coredns: BuiltImage;
  readonly metricsServer: BuiltImage;
}

/** Starts what is missing or out of date in a cluster, and keeps the rest. */
export async function bringUp(parts: ClusterParts, signal?: AbortSignal): Promise<void> {
  const { layout, log } = parts;
  await mkdir(layout.stateDirectory, { recursive: true, mode: 0o700 });
  if (!(await isNetworkUp(layout.network, signal))) {
    // A cluster without its network is left over from a crash or a reboot.
    await takeDown(layout);
    await createNetwork(layout.network, signal);
  }
  const site = controlPlaneSite(layout);
  const [images, controlPlane] = await allSettledOrFirstError([
    buildNodeImages(parts, signal),
    bringUpControlPlane(parts, site, signal),
  ]);
  log('starting the node');
  const node = await bringUpNode(parts, images, signal);
  await installAddons({ ...parts, site, images, daemons: [...controlPlane, ...node] }, signal);
}

/** Starts the daemons of the control plane that are not running with the current configuration. */
async function bringUpControlPlane(
  { tools, autoscaler, log }: ClusterParts,
  site: ControlPlaneSite,
  signal?: AbortSignal,
): Promise<Daemon[]> {
  log('starting the control plane');
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

async function bringUpNode({ layout }: ClusterParts, images: NodeImages, signal?: AbortSignal): Promise<Daemon[]> {
  const containerd = await ensureContainerd(layout, toolsDirectory('cluster'), images.pause, signal);
  for (const image of Object.values(images)) await loadImage(containerd, image, signal);
  return [containerd, ...(await ensureKubelet(layout, containerd))];
}

/** Waits for both even when one fails, so that a cleanup does not race with the other. */
async function allSettledOrFirstError<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
