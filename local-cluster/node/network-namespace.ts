import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { SERVICE_SUBNET } from '../control-plane/site.ts';
import { CommandFailedError, runCommand } from '../process/run-command.ts';

/** A network namespace, and how to run commands in it. */
export interface NetworkNamespace {
  readonly namespace: string;
  readonly namespacePath: string;
  /** Wraps a command to run in this network. */
  readonly enter: (argv: readonly string[]) => readonly string[];
}

/**
 * The network of a cluster: a namespace with a bridge that connects the nodes, and a veth pair from the bridge to the host.
 * The control plane runs in it. It forwards no packets: it only switches between its ports.
 */
export interface ClusterNetwork extends NetworkNamespace {
  readonly subnetIndex: number;
  readonly hostInterface: string;
  readonly hostAddress: string;
  readonly apiAddress: string;
}

/**
 * The network of a node: a namespace and a veth pair to the cluster's bridge. Changes by kube-proxy and the CNI plugins to
 * interfaces, routes and packet filters stay inside.
 */
export interface NodeNetwork extends NetworkNamespace {
  readonly cluster: ClusterNetwork;
  /** The port on the cluster's bridge. */
  readonly port: string;
  readonly nodeAddress: string;
  readonly podSubnet: string;
}

/** A host, a node or a range of pods, and the address through which a node reaches it. */
interface Route {
  readonly to: string;
  readonly via: string;
}

/** The subnets of cluster networks: 198.18.INDEX.0/24, without the first, which is left for manual use. */
export const SUBNET_INDICES: readonly number[] = Array.from({ length: 255 }, (_, offset) => offset + 1);

const PREFIX_LENGTH = 24;
const BRIDGE = 'cluster';
const HOST_PORT = 'host';
const NODE_INTERFACE = 'eth0';

/** The network with this name and the subnet 198.18.INDEX.0/24, of the block for benchmarks (RFC 2544). */
export function clusterNetworkOf(name: string, subnetIndex: number): ClusterNetwork {
  return {
    ...namespaceOf(name),
    subnetIndex,
    hostInterface: name,
    hostAddress: `198.18.${subnetIndex}.1`,
    apiAddress: `198.18.${subnetIndex}.2`,
  };
}

/** The network of a cluster's node; the first node has the number 1. */
export function nodeNetworkOf(cluster: ClusterNetwork, number: number): NodeNetwork {
  return {
    // A cluster's name cannot contain a dot.
    ...namespaceOf(`${cluster.namespace}.node-${number}`),
    cluster,
    port: `node-${number}`,
    nodeAddress: nodeAddressOf(cluster, number),
    podSubnet: podSubnetOf(number),
  };
}

function namespaceOf(namespace: string): NetworkNamespace {
  const namespacePath = `/run/netns/${namespace}`;
  // Not `ip netns exec`, which mounts another /sys that hides the cgroups.
  return { namespace, namespacePath, enter: (argv) => ['nsenter', `--net=${namespacePath}`, '--', ...argv] };
}

function nodeAddressOf({ subnetIndex }: ClusterNetwork, number: number): string {
  return `198.18.${subnetIndex}.${10 + number}`;
}

function podSubnetOf(number: number): string {
  return `10.244.${number - 1}.0/24`;
}

/** A locally administered MAC address for an IP address. */
function macAddressOf(ipAddress: string): string {
  const bytes = ipAddress.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return ['02', '00', ...bytes].join(':');
}

/** Whether a cluster's network is complete: the interface of the host comes up last. */
export async function isClusterNetworkUp(network: ClusterNetwork, signal?: AbortSignal): Promise<boolean> {
  const { namespace, namespacePath, hostInterface, hostAddress, apiAddress } = network;
  if (!existsSync(namespacePath)) return false;
  return (
    hasAddress(await showDevice([], hostInterface, signal), hostAddress) &&
    hasAddress(await showDevice(['-n', namespace], BRIDGE, signal), apiAddress)
  );
}

/** Whether a node's network is complete: its interface has no carrier until its port on the bridge comes up, which is last. */
export async function isNodeNetworkUp(
  { namespace, namespacePath, nodeAddress }: NodeNetwork,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!existsSync(namespacePath)) return false;
  const shown = await showDevice(['-n', namespace], NODE_INTERFACE, signal);
  return hasAddress(shown, nodeAddress) && /<[^>]*\bLOWER_UP\b/u.test(shown);
}

/** Creates the network of a cluster with at most `maxNodes` nodes; an earlier one must be deleted first. */
export async function createClusterNetwork(
  network: ClusterNetwork,
  maxNodes: number,
  signal?: AbortSignal,
): Promise<void> {
  const { namespace, hostInterface, hostAddress, apiAddress } = network;
  const ip = (...argv: readonly string[]): Promise<string> => runCommand(['ip', ...argv], {}, signal);
  await createNamespace(network, false, signal);
  // A fixed address: otherwise that of the bridge changes with its ports, and its peers send to the old one for seconds.
  await ip('-n', namespace, 'link', 'add', BRIDGE, 'address', macAddressOf(apiAddress), 'type', 'bridge');
  await ip('-n', namespace, 'address', 'add', `${apiAddress}/${PREFIX_LENGTH}`, 'dev', BRIDGE);
  await ip('-n', namespace, 'link', 'set', BRIDGE, 'up');
  await addRoutes(namespace, podRoutes(network, maxNodes), signal);
  await ip('link', 'add', hostInterface, 'type', 'veth', 'peer', 'name', HOST_PORT, 'netns', namespace);
  await ip('-n', namespace, 'link', 'set', HOST_PORT, 'master', BRIDGE, 'up');
  await ip('address', 'add', `${hostAddress}/${PREFIX_LENGTH}`, 'dev', hostInterface);
  // Last: isClusterNetworkUp must not be true for what an interrupted run left.
  await ip('link', 'set', hostInterface, 'up');
}

/** Creates the network of a node and connects it; an earlier one must be deleted first. */
export async function createNodeNetwork(network: NodeNetwork, maxNodes: number, signal?: AbortSignal): Promise<void> {
  const { namespace, cluster, port, nodeAddress } = network;
  const ip = (...argv: readonly string[]): Promise<string> => runCommand(['ip', ...argv], {}, signal);
  await createNamespace(network, true, signal);
  // A fixed address too: a node that is back has the one that its peers know.
  const address = ['address', macAddressOf(nodeAddress)];
  const peer = ['type', 'veth', 'peer', 'name', NODE_INTERFACE, ...address, 'netns', namespace];
  await runCommand(cluster.enter(['ip', 'link', 'add', port, ...peer]), {}, signal);
  await ip('-n', namespace, 'address', 'add', `${nodeAddress}/${PREFIX_LENGTH}`, 'dev', NODE_INTERFACE);
  await ip('-n', namespace, 'link', 'set', NODE_INTERFACE, 'up');
  const others = podRoutes(cluster, maxNodes).filter(({ to }) => to !== network.podSubnet);
  // The kernel needs a route before kube-proxy's rules translate a Service's address.
  await addRoutes(namespace, [...others, { to: SERVICE_SUBNET, via: cluster.apiAddress }], signal);
  // Last: isNodeNetworkUp must not be true for what an interrupted run left. Routes need an interface that is up.
  await ip('-n', cluster.namespace, 'link', 'set', port, 'master', BRIDGE, 'up');
}

/** Deletes the network of a cluster, even if incomplete; its processes must have ended. */
export async function deleteClusterNetwork(network: ClusterNetwork): Promise<void> {
  await runCommand(['ip', 'link', 'delete', network.hostInterface]).catch(ignoreFailure);
  await runCommand(['ip', 'netns', 'delete', network.namespace]).catch(ignoreFailure);
}

/** Disconnects a node: its peers receive no end of their connections, as when a cable is unplugged. */
export async function disconnectNode({ cluster, port }: NodeNetwork): Promise<void> {
  await runCommand(['ip', '-n', cluster.namespace, 'link', 'delete', port]).catch(ignoreFailure);
}

/** Deletes the network of a node, even if incomplete; its processes must have ended. */
export async function deleteNodeNetwork(network: NodeNetwork): Promise<void> {
  await disconnectNode(network);
  await runCommand(['ip', 'netns', 'delete', network.namespace]).catch(ignoreFailure);
}

async function createNamespace(network: NetworkNamespace, forwards: boolean, signal?: AbortSignal): Promise<void> {
  const { namespace } = network;
  await mkdir('/run/netns', { recursive: true });
  await runCommand(['ip', 'netns', 'add', namespace], {}, signal);
  await runCommand(['ip', '-n', namespace, 'link', 'set', 'lo', 'up'], {}, signal);
  // Packets to deleted pods and to external addresses fail at once instead of timing out.
  await runCommand(['ip', '-n', namespace, 'route', 'add', 'unreachable', 'default'], {}, signal);
  // Always set: a new namespace inherits the host's value.
  const setting = `echo ${forwards ? 1 : 0} > /proc/sys/net/ipv4/ip_forward`;
  await runCommand(network.enter(['sh', '-c', setting]), {}, signal);
}

/** The routes to the pods of each node. */
function podRoutes(cluster: ClusterNetwork, maxNodes: number): readonly Route[] {
  return Array.from({ length: maxNodes }, (_, offset) => ({
    to: podSubnetOf(offset + 1),
    via: nodeAddressOf(cluster, offset + 1),
  }));
}

async function addRoutes(namespace: string, routes: readonly Route[], signal?: AbortSignal): Promise<void> {
  for (const { to, via } of routes)
    await runCommand(['ip', '-n', namespace, 'route', 'add', to, 'via', via], {}, signal);
}

/** Shows a network interface with its addresses; empty if it does not exist or is down. */
async function showDevice(namespace: readonly string[], device: string, signal?: AbortSignal): Promise<string> {
  try {
    return await runCommand(['ip', ...namespace, 'address', 'show', 'dev', device, 'up'], {}, signal);
  } catch (error) {
    if (error instanceof CommandFailedError) return '';
    throw error;
  }
}

function hasAddress(shown: string, address: string): boolean {
  return shown.includes(` ${address}/${PREFIX_LENGTH} `);
}

/** Ignores a failed deletion of what does not exist. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof CommandFailedError)) throw error;
}
