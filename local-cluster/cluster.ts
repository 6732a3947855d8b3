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

/** What a cluster is to be. */
export interface ClusterOptions {
  /** 1 to 11 lower-case letters, digits and dashes; clusters of other names can be up side by side. */
  readonly name: string;
  readonly log?: (line: string) => void;
  readonly autoscaler?: AutoscalerTiming;
}

/** A complete one-node Kubernetes that runs on this machine, and goes on running when this process ends. */
export interface LocalCluster {
  readonly name: string;
  readonly stateDirectory: string;
  /** Cluster administrator, in the group system:masters. */
  readonly kubeconfigPath: string;
  /** One JSON audit event a line, for each finished request. */
  readonly auditLogPath: string;
  /** The name of the network namespace in which Services and pods can be reached. */
  readonly networkNamespace: string;
  /** The path of one of the programs that the cluster brings: kubectl, helm. */
  binary(name: ClusterToolName): string;
  /** Makes of a command one that runs in the cluster's network: `curl http://SERVICE_IP` then works. */
  inNetwork(argv: readonly string[]): readonly string[];
  /** Runs a command in the cluster's network, and gives its standard output. */
  run(argv: readonly string[], signal?: AbortSignal): Promise<string>;
  /** Loads an image, from buildImage or from the path of an OCI archive, for pods to use without a registry. */
  loadImage(image: BuiltImage | string, signal?: AbortSignal): Promise<void>;
  /** Ends the API server and starts it again, at the same address; returns when it is ready. */
  restartApiServer(signal?: AbortSignal): Promise<void>;
  /** Ends everything that runs; the data stay, and startCluster brings the cluster back as it was. */
  stop(): Promise<void>;
  /** Ends everything, and removes all that is the cluster's. */
  delete(): Promise<void>;
}

/** A local cluster needs root: for namespaces, mounts and cgroups. */
export class NotRootError extends Error {
  override readonly name = 'NotRootError';

  constructor() {
    super(
      'A local cluster takes root, for its network namespace, its mounts and its cgroups: use sudo or a root shell.',
    );
  }
}

/**
 * Starts a cluster, or completes one that was stopped, cut off or is running. If that fails or is cancelled, a cluster that
 * was not running before is taken down again; its data and logs stay.
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
      parts.log('taking down what was started');
      await takeDown(parts.layout);
    }
    throw error;
  }
}

/** Ends everything of a cluster that runs; false when there is no such cluster. */
export function stopCluster(options: ClusterOptions, signal?: AbortSignal): Promise<boolean> {
  return withExisting(options, takeDown, signal);
}

/** Ends everything of a cluster and removes what it wrote; false when there is no such cluster. */
export function deleteCluster(options: ClusterOptions, signal?: AbortSignal): Promise<boolean> {
  return withExisting(options, remove, signal);
}

/** Finds a cluster that was started at some time, whether it is running or not. */
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
