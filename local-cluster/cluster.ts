import { bringUp, bringUpControlPlane, type ClusterParts, startNode } from './cluster/bring-up.ts';
import { findContainerd } from './cluster/bring-up-node.ts';
import {
  type ClusterLayout,
  countNodes,
  InvalidNodeCountError,
  layOutCluster,
  parseClusterName,
  parseNodeCount,
  stateDirectoryOf,
} from './cluster/cluster-layout.ts';
import { withClusterLock } from './cluster/cluster-lock.ts';
import { backUpEtcd, replaceEtcdData } from './cluster/etcd-backup.ts';
import { findNode, StoppedClusterError } from './cluster/find-node.ts';
import { claimSubnet, findRoutedSubnets, findSubnet } from './cluster/subnet-claim.ts';
import { remove, stopControlPlane, takeDown } from './cluster/take-down.ts';
import { readState, undoBringUp } from './cluster/undo-bring-up.ts';
import { type AutoscalerTiming, DEFAULT_AUTOSCALER_TIMING } from './control-plane/controllers.ts';
import { controlPlaneFiles } from './control-plane/site.ts';
import { ensureInstalled } from './host/debian-packages.ts';
import { IMAGE_REQUIREMENTS, NODE_REQUIREMENTS } from './host/requirements.ts';
import type { BuiltImage } from './images/built-image.ts';
import { loadArchive, loadImage } from './node/image-store.ts';
import { cutPower } from './node/node.ts';
import type { NodeSite } from './node/node-site.ts';
import { findDaemons } from './process/daemon.ts';
import { runCommand } from './process/run-command.ts';
import { CLUSTER_TOOLS, type ClusterToolName } from './toolchain/catalog.ts';
import { ensureTools } from './tools.ts';

/** The options of a cluster. */
export interface ClusterOptions {
  /** 1 to 11 lowercase letters, digits and dashes. Clusters with different names can run at the same time. */
  readonly name: string;
  readonly log?: (line: string) => void;
  readonly autoscaler?: AutoscalerTiming;
  /** 1 to 5. By default those that the cluster has already, and 1 for a new cluster. More than it has are added. */
  readonly nodes?: number;
}

/** A complete Kubernetes cluster on this machine, which keeps running when this process ends. */
export interface LocalCluster {
  readonly name: string;
  readonly stateDirectory: string;
  /** Cluster administrator, in the group system:masters. */
  readonly kubeconfigPath: string;
  /** The IP address of the API server. */
  readonly apiAddress: string;
  /** One JSON audit event per line, for each finished request. */
  readonly auditLogPath: string;
  /** In the order of their names, node-1 first. */
  readonly nodeNames: readonly string[];
  /** The path of a program of the cluster, such as kubectl or helm. */
  binary(name: ClusterToolName): string;
  /**
   * Wraps a command to run in the network of a node, by default the first, from which Services and pods are reachable: for
   * instance `curl http://SERVICE_IP`.
   */
  inNetwork(argv: readonly string[], nodeName?: string): readonly string[];
  /** Wraps a command to run in the network of the control plane, where etcd listens at 127.0.0.1:2379. */
  inControlPlane(argv: readonly string[]): readonly string[];
  /** Runs a command in the network of the first node, and returns its standard output. */
  run(argv: readonly string[], signal?: AbortSignal): Promise<string>;
  /** Loads an image, or the OCI archive at a path, into all running nodes, for pods to use without a registry. */
  loadImage(image: BuiltImage | string, signal?: AbortSignal): Promise<void>;
  /** Ends a node as a power cut does. */
  stopNode(nodeName: string): Promise<void>;
  /** Starts a stopped node; returns when it is ready. */
  startNode(nodeName: string, signal?: AbortSignal): Promise<void>;
  /** Stops the API server, and the components that end when they cannot renew their Lease there. */
  stopApiServer(): Promise<void>;
  /** Starts what is missing of the control plane; returns when the API server is ready. */
  startApiServer(signal?: AbortSignal): Promise<void>;
  /** Restarts the API server at the same address; returns when it is ready. */
  restartApiServer(signal?: AbortSignal): Promise<void>;
  /** Copies the data of etcd, while the API server is down for a moment; returns the path of the copy. */
  backUpEtcd(signal?: AbortSignal): Promise<string>;
  /** Restores a copy of etcd's data, and restarts the components of Kubernetes. Pods keep running. */
  restoreEtcd(backup: string, signal?: AbortSignal): Promise<void>;
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
 * Starts a cluster, or completes one that is stopped, crashed or running. If this fails or is canceled, a cluster or node that was
 * not running before is stopped again, and a node that is new is removed; other data and the logs stay.
 */
export async function startCluster(options: ClusterOptions, signal?: AbortSignal): Promise<LocalCluster> {
  const name = parseClusterName(options.name);
  const log = options.log ?? ((): void => {});
  if (process.getuid?.() !== 0) throw new NotRootError();
  await ensureInstalled([...NODE_REQUIREMENTS, ...IMAGE_REQUIREMENTS], log, signal);
  const tools = await ensureTools(CLUSTER_TOOLS, { log }, signal);
  const start = async (): Promise<LocalCluster> => {
    const parts = await prepareParts({ ...options, name, log }, tools, signal);
    await bringUpOrUndo(parts, signal);
    return clusterOf(parts);
  };
  return withClusterLock(stateDirectoryOf(name), log, start, signal);
}

async function prepareParts(
  { name, nodes, autoscaler, log }: ClusterOptions & { readonly log: (line: string) => void },
  tools: ClusterParts['tools'],
  signal?: AbortSignal,
): Promise<ClusterParts> {
  const nodeCount = decideNodeCount(nodes, countNodes(name));
  const subnet = await claimSubnet(name, await findRoutedSubnets(signal));
  return {
    layout: layOutCluster(name, subnet, nodeCount),
    tools,
    autoscaler: autoscaler ?? DEFAULT_AUTOSCALER_TIMING,
    log,
  };
}

/** The number of nodes of a cluster that had `existing` nodes; throws InvalidNodeCountError. */
export function decideNodeCount(wanted: number | undefined, existing: number): number {
  const count = parseNodeCount(wanted ?? Math.max(existing, 1));
  if (count >= existing) return count;
  throw new InvalidNodeCountError(
    `The cluster has ${existing} nodes, and keeps them. To get one with ${count}, delete the cluster and start it again.`,
  );
}

async function bringUpOrUndo(parts: ClusterParts, signal?: AbortSignal): Promise<void> {
  const before = readState(parts.layout);
  try {
    await bringUp(parts, signal);
  } catch (error) {
    await undoBringUp(parts, before);
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
  return subnet === undefined ? undefined : layOutCluster(name, subnet, Math.max(countNodes(name), 1));
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

/** Ends a node as a power cut does; resolves to false if the cluster does not exist. */
export function stopClusterNode(options: ClusterOptions, nodeName: string, signal?: AbortSignal): Promise<boolean> {
  return withExisting(options, (layout) => cutPower(findNode(layout, nodeName)), signal);
}

/** Starts a stopped node and waits until it is ready; resolves to false if the cluster does not exist. */
export async function startClusterNode(
  options: ClusterOptions,
  nodeName: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const log = options.log ?? ((): void => {});
  if ((await findCluster(options.name)) === undefined) return false;
  const tools = await ensureTools(CLUSTER_TOOLS, { log }, signal);
  return withExisting(
    options,
    async (layout) => {
      const node = findNode(layout, nodeName);
      if (!isRunning(layout)) throw new StoppedClusterError(layout.name);
      await startNodeOrCutPower({ layout, tools, autoscaler: DEFAULT_AUTOSCALER_TIMING, log }, node, signal);
    },
    signal,
  );
}

/** Ends the node again if its start fails or is canceled, unless it was running before. */
async function startNodeOrCutPower(parts: ClusterParts, node: NodeSite, signal?: AbortSignal): Promise<void> {
  const wasRunning = findContainerd(node) !== undefined;
  try {
    await startNode(parts, node, signal);
  } catch (error) {
    if (!wasRunning) {
      parts.log(`stopping ${node.nodeName}`);
      await cutPower(node);
    }
    throw error;
  }
}

function isRunning({ stateDirectory }: ClusterLayout): boolean {
  return findDaemons(stateDirectory).some(({ name }) => name === 'kube-apiserver');
}

function clusterOf(parts: ClusterParts): LocalCluster {
  const { layout, tools, log } = parts;
  const { name, stateDirectory, network, nodes } = layout;
  const files = controlPlaneFiles(stateDirectory);
  const lock = <T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    withClusterLock(stateDirectory, log, action, signal);
  const inNetwork: LocalCluster['inNetwork'] = (argv, nodeName = 'node-1') =>
    findNode(layout, nodeName).network.enter(argv);
  return {
    name,
    stateDirectory,
    kubeconfigPath: files.adminKubeconfig,
    apiAddress: network.apiAddress,
    auditLogPath: files.auditLog,
    nodeNames: nodes.map(({ nodeName }) => nodeName),
    binary: (tool) => tools[tool],
    inNetwork,
    inControlPlane: network.enter,
    run: (argv, signal) => runCommand(inNetwork(argv), {}, signal),
    loadImage: (image, signal) => loadIntoNodes(layout, image, signal),
    stopNode: (nodeName) => lock(() => cutPower(findNode(layout, nodeName))),
    startNode: (nodeName, signal) => lock(() => startNodeOrCutPower(parts, findNode(layout, nodeName), signal), signal),
    stopApiServer: () =>
      lock(() => stopControlPlane(layout, ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver'])),
    startApiServer: (signal) => lock(async () => void (await bringUpControlPlane(parts, signal)), signal),
    restartApiServer: (signal) =>
      lock(async () => {
        await stopControlPlane(layout, ['kube-apiserver']);
        await bringUpControlPlane(parts, signal);
      }, signal),
    backUpEtcd: (signal) =>
      lock(async () => {
        const backup = await backUpEtcd(layout);
        await bringUpControlPlane(parts, signal);
        return backup;
      }, signal),
    restoreEtcd: (backup, signal) =>
      lock(async () => {
        await replaceEtcdData(layout, backup);
        await bringUp(parts, signal);
      }, signal),
    stop: () => lock(() => takeDown(layout)),
    delete: () => lock(() => remove(layout)),
  };
}

async function loadIntoNodes(
  { name, nodes }: ClusterLayout,
  image: BuiltImage | string,
  signal?: AbortSignal,
): Promise<void> {
  const running = nodes.map(findContainerd).filter((containerd) => containerd !== undefined);
  if (running.length === 0) throw new Error(`No node of the cluster ${name} runs; start the cluster again.`);
  for (const containerd of running) {
    if (typeof image === 'string') await loadArchive(containerd, image, signal);
    else await loadImage(containerd, image, signal);
  }
}
