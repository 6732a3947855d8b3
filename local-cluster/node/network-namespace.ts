import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { SERVICE_SUBNET } from '../control-plane/site.ts';
import { CommandFailedError, runCommand } from '../process/run-command.ts';

/**
 * The network of a node: a namespace and a veth pair to the host. Changes by kube-proxy and the CNI plugins to interfaces,
 * routes and packet filters stay inside. Nothing is forwarded: the node reaches only its host.
 */
export interface NodeNetwork {
  readonly namespace: string;
  readonly namespacePath: string;
  readonly hostInterface: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly prefixLength: number;
  /** Wraps a command to run in this network. */
  readonly enter: (argv: readonly string[]) => readonly string[];
}

/** The subnets of node networks: 198.18.INDEX.0/30, without the first, which is left for manual use. */
export const SUBNET_INDICES: readonly number[] = Array.from({ length: 255 }, (_, offset) => offset + 1);

const NODE_INTERFACE = 'eth0';

/** The network with this name and the subnet 198.18.INDEX.0/30, of the block for benchmarks (RFC 2544). */
export function networkOf(name: string, subnetIndex: number): NodeNetwork {
  const namespacePath = `/run/netns/${name}`;
  return {
    namespace: name,
    namespacePath,
    hostInterface: name,
    hostAddress: `198.18.${subnetIndex}.1`,
    nodeAddress: `198.18.${subnetIndex}.2`,
    prefixLength: 30,
    // Not `ip netns exec`, which mounts another /sys that hides the cgroups.
    enter: (argv) => ['nsenter', `--net=${namespacePath}`, '--', ...argv],
  };
}

/** Whether the network exists with both of its addresses. */
export async function isNetworkUp(network: NodeNetwork, signal?: AbortSignal): Promise<boolean> {
  if (!existsSync(network.namespacePath)) return false;
  const { hostInterface, hostAddress, nodeAddress, prefixLength } = network;
  const hasAddress = async (argv: readonly string[], address: string): Promise<boolean> =>
    (await runCommand(['ip', ...argv], {}, signal)).includes(` ${address}/${prefixLength} `);
  try {
    return (
      (await hasAddress(['address', 'show', 'dev', hostInterface, 'up'], hostAddress)) &&
      (await hasAddress(['-n', network.namespace, 'address', 'show', 'dev', NODE_INTERFACE, 'up'], nodeAddress))
    );
  } catch (error) {
    if (error instanceof CommandFailedError) return false;
    throw error;
  }
}

/** Creates the network; an earlier one must be deleted first. */
export async function createNetwork(network: NodeNetwork, signal?: AbortSignal): Promise<void> {
  const { namespace, hostInterface, hostAddress, nodeAddress, prefixLength } = network;
  const ip = (...argv: readonly string[]): Promise<string> => runCommand(['ip', ...argv], {}, signal);
  await mkdir('/run/netns', { recursive: true });
  await ip('netns', 'add', namespace);
  await ip('link', 'add', hostInterface, 'type', 'veth', 'peer', 'name', NODE_INTERFACE, 'netns', namespace);
  await ip('address', 'add', `${hostAddress}/${prefixLength}`, 'dev', hostInterface);
  await ip('link', 'set', hostInterface, 'up');
  await ip('-n', namespace, 'address', 'add', `${nodeAddress}/${prefixLength}`, 'dev', NODE_INTERFACE);
  await ip('-n', namespace, 'link', 'set', NODE_INTERFACE, 'up');
  await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  // Packets to deleted pods and to external addresses fail at once instead of timing out.
  await ip('-n', namespace, 'route', 'add', 'unreachable', 'default');
  // The kernel needs a route before kube-proxy's rules translate a Service's address.
  await ip('-n', namespace, 'route', 'add', SERVICE_SUBNET, 'via', hostAddress);
  await runCommand(network.enter(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']), {}, signal);
}

/** Deletes the network, even if incomplete; its processes must have ended. */
export async function deleteNetwork(network: NodeNetwork): Promise<void> {
  await runCommand(['ip', 'link', 'delete', network.hostInterface]).catch(ignoreFailure);
  await runCommand(['ip', 'netns', 'delete', network.namespace]).catch(ignoreFailure);
}

/** Ignores a failed deletion of what does not exist. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof CommandFailedError)) throw error;
}
