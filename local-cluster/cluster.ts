import { bringUp, type ClusterParts } from './cluster/bring-up.ts';
import {
  type ClusterLayout,
  controlPlaneSite,
  layOutCluster,
  parseClusterName,
  stateDirectoryOf,
} from './cluster/cluster-layout.ts';
import { withClusterLock } from './cluster/cluster-lock.ts';
import { claimSubnet, findRoutedSubnets, findSubnet } from './cluster/subnet-claim.ts';
import { remove, takeDown } from './cluster/take-down.ts';
import { type AutoscalerTiming, DEFAULT_AUTOSCALER_TIMING } from './control-plane/controllers.ts';
import { startApiServer, waitForApiServer } from './control-plane/servers.ts';
import { controlPlaneFiles } from './control-plane/site.ts';
import { ensureInstalled } from './host/debian-packages.ts';
import { IMAGE_REQUIREMENTS, NODE_REQUIREMENTS } from './host/requirements.ts';
import type { BuiltImage } from './images/built-image.ts';
import { loadArchive, loadImage } from './node/image-store.ts';
import { type Daemon, findDaemons, stopDaemon } from './process/daemon.ts';
import { runCommand } from './process/run-command.ts';
import { CLUSTER_TOOLS, type ClusterToolName } from './toolchain/catalog.ts';
import { ensureTools } from './tools.ts';

/** The options of a cluster. */
export interface ClusterOptions {
  /** 1 to 11 lowercase letters, digits and dashes. Clusters with different names can run at the same time. */
  readonly name: string;
  readonly log?: (line: string) => void;
  readonly autoscaler?: AutoscalerTiming;
}

/** A complete one-node Kubernetes cluster on this machine, which keeps running when this process ends. */
export interface LocalCluster {
  readonly name: string;
  readonly stateDirectory: string;
  /** Cluster administrator, in the group system:masters. */
  readonly kubeconfigPath: string;
  /** One JSON audit event per line, for each finished request. */
  readonly auditLogPath: string;
  /** The network namespace from which Services and pods are reachable. */
  readonly networkNamespace: string;
  /** The path of a program of the cluster, such as kubectl or helm. */
  binary(name: ClusterToolName): string;
  /** Wraps a command to run in the cluster's network, for instance `curl http://SERVICE_IP`. */
  inNetwork(argv: readonly string[]): readonly string[];
  /** Runs a command in the cluster's network, and returns its standard output. */
  run(argv: readonly string[], signal?: AbortSignal): Promise<string>;
  /** Loads an image, or the OCI archive at a path, for pods to use without a registry. */
  loadImage(image: BuiltImage | string, signal?: AbortSignal): Promise<void>;
  /** Restarts the API server at the same address; returns when it is ready. */
  restartApiServer(signal?: AbortSignal): Promise<void>;
  /** Stops all processes and keeps the data; startCluster restores the cluster. */
  stop(): Promise<void>;
  /** Stops all processes and deletes the data of the cluster. */
  delete(): Promise<void>;
}

/** A local cluster needs root: for namespaces, mounts and cgroups. */
export class NotRootError extends Error {
  override readonly name = 'NotRootError';

  constructor() {
    super(
      'A local cluster needs root for its network namespace, its mounts and its cgroups: use sudo or a root shell.',
    );
  }
}

/**
 * Starts a cluster, or completes one that is stopped, crashed or running. If this fails or is canceled, a cluster that was
 * not running before is stopped again; its data and logs stay.
 */
export async function startCluster(options: ClusterOptions, signal?: AbortSignal): Promise<LocalCluster> {
  const name = parseClusterName(options.name);
  const log = options.log ?? ((): void => {});
  if (process.getuid?.() !== 0) throw new NotRootError();
  await ensureInstalled([...NODE_REQUIREMENTS, ...IMAGE_REQUIREMENTS], log, signal);
  const tools = await ensureTools(CLUSTER_TOOLS, { log }, signal);
  const start = async (): Promise<LocalCluster> => {
    const layout = layOutCluster(name, await claimSubnet(name, await findRoutedSubnets(signal)));
    const autoscaler = options.autoscaler ?? DEFAULT_AUTOSCALER_TIMING;
    const parts: ClusterParts = { layout, tools, autoscaler, log };
    await bringUpOrTakeDown(parts, signal);
    return clusterOf(parts);
  };
  return withClusterLock(stateDirectoryOf(name), log, start, signal);
}

async function bringUpOrTakeDown(parts: ClusterParts, signal?: AbortSignal): Promise<void> {
  const wasRunning = findDaemons(parts.layout.stateDirectory).length > 0;
  try {
    await bringUp(parts, signal);
  } catch (error) {
    if (!wasRunning) {
      parts.log('stopping what was started');
      await takeDown(parts.layout);
    }
    throw error;
  }
}

/** Stops all processes of a cluster; resolves to false if the cluster does not exist. */
export function stopCluster(options: ClusterOptions, signal?: AbortSignal): Promise<boolean> {
  return withExisting(options, takeDown, signal);
}

/** Stops all processes of a cluster and deletes its data; resolves to false if the cluster does not exist. */
export function deleteCluster(options: ClusterOptions, signal?: AbortSignal): Promise<boolean> {
  return withExisting(options, remove, signal);
}

/** Finds an existing cluster, whether it is running or not. */
export async function findCluster(name: string): Promise<ClusterLayout | undefined> {
  const subnet = await findSubnet(parseClusterName(name));
  return subnet === undefined ? undefined : layOutCluster(name, subnet);
}

function withExisting(
  { name, log }: ClusterOptions,
  action: (layout: ClusterLayout) => Promise<void>,
  signal?: AbortSignal,
): Promise<boolean> {
  const act = async (): Promise<boolean> => {
    const layout = await findCluster(name);
    if (layout !== undefined) await action(layout);
    return layout !== undefined;
  };
  return withClusterLock(stateDirectoryOf(parseClusterName(name)), log ?? ((): void => {}), act, signal);
}

function clusterOf({ layout, tools, log }: ClusterParts): LocalCluster {
  const { name, stateDirectory, network } = layout;
  const files = controlPlaneFiles(stateDirectory);
  const lock = (action: () => Promise<void>, signal?: AbortSignal): Promise<void> =>
    withClusterLock(stateDirectory, log, action, signal);
  return {
    name,
    stateDirectory,
    kubeconfigPath: files.adminKubeconfig,
    auditLogPath: files.auditLog,
    networkNamespace: network.namespace,
    binary: (tool) => tools[tool],
    inNetwork: network.enter,
    run: (argv, signal) => runCommand(network.enter(argv), {}, signal),
    loadImage: (image, signal) => {
      const containerd = runningDaemon(layout, 'containerd');
      return typeof image === 'string' ? loadArchive(containerd, image, signal) : loadImage(containerd, image, signal);
    },
    restartApiServer: (signal) =>
      lock(async () => {
        const site = controlPlaneSite(layout);
        await stopDaemon(runningDaemon(layout, 'kube-apiserver'));
        await waitForApiServer(site, [await startApiServer(tools['kube-apiserver'], site, [])], signal);
      }, signal),
    stop: () => lock(() => takeDown(layout)),
    delete: () => lock(() => remove(layout)),
  };
}

function runningDaemon({ name, stateDirectory }: ClusterLayout, daemon: string): Daemon {
  const found = findDaemons(stateDirectory).find((candidate) => candidate.name === daemon);
  if (found === undefined) throw new Error(`${daemon} of the cluster ${name} is not running; start the cluster again.`);
  return found;
}
