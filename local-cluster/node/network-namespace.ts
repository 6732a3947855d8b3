import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { SERVICE_SUBNET } from '../control-plane/site.ts';
import { CommandFailedError, runCommand } from '../process/run-command.ts';

/**
 * The network of a node: a namespace, and one veth pair to the host. What kube-proxy and the CNI plugins do to interfaces,
 * routes and packet filters stays inside. Nothing is forwarded: the node reaches its host, and nothing beyond.
 */
export interface NodeNetwork {
  readonly namespace: string;
  readonly namespacePath: string;
  readonly hostInterface: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly prefixLength: number;
  /** Makes of a command one that runs in this network. */
  readonly enter: (argv: readonly string[]) => readonly string[];
}

/** The subnets of node networks: 198.18.INDEX.0/30. The first, which people use by hand, is left to them. */
export const SUBNET_INDICES: readonly number[] = Array.from({ length: 255 }, (_, offset) => offset + 1);

const NODE_INTERFACE = 'eth0';

/** Gives the network with a name and a subnet of its own: 198.18.INDEX.0/30, of the block for benchmarks (RFC 2544). */
export function networkOf(name: string, subnetIndex: number): NodeNetwork {
  const namespacePath = `/run/netns/${name}`;
  return {
    namespace: name,
    namespacePath,
    hostInterface: name,
    hostAddress: `198.18.${subnetIndex}.1`,
    nodeAddress: `198.18.${subnetIndex}.2`,
    prefixLength: 30,
    // Not `ip netns exec`: that mounts another /sys, in which the cgroups are hidden.
    enter: (argv) => ['nsenter', `--net=${namespacePath}`, '--', ...argv],
  };
}

/** Tells whether the network is there, whole, with both of its addresses. */
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

/** Makes the network; what is left of an earlier one must have been deleted. */
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
  // Whatever is not there, a pod that has ended or the world outside, answers so at once instead of not at all.
  await ip('-n', namespace, 'route', 'add', 'unreachable', 'default');
  // The kernel looks for a route before kube-proxy's rules turn a Service's address into a pod's.
  await ip('-n', namespace, 'route', 'add', SERVICE_SUBNET, 'via', hostAddress);
  await runCommand(network.enter(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']), {}, signal);
}

/** Deletes the network, or what there is of it; its processes must have ended. */
export async function deleteNetwork(network: NodeNetwork): Promise<void> {
  await runCommand(['ip', 'link', 'delete', network.hostInterface]).catch(ignoreFailure);
  await runCommand(['ip', 'netns', 'delete', network.namespace]).catch(ignoreFailure);
}

/** A thing that is not there cannot be deleted, which is as good. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof CommandFailedError)) throw error;
}
