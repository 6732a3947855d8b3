import { runCommand } from '../../process/run-command.ts';
import {
  clusterNetworkOf,
  createClusterNetwork,
  createNodeNetwork,
  deleteClusterNetwork,
  deleteNodeNetwork,
  isClusterNetworkUp,
  isNodeNetworkUp,
  nodeNetworkOf,
} from '../network-namespace.ts';

// Creates the networks of a cluster and of a node, again and again, and stops after each command in turn. Prints how often each was
// interrupted, how often it counted as up nevertheless, and the routes of the complete ones. Runs in namespaces of its own.

const MAX_NODES = 5;
const cluster = clusterNetworkOf('tco-unit', 1);
const node = nodeNetworkOf(cluster, 2);

/** A signal that aborts at the check with this index: runCommand has one before and one after each command. */
function abortAtCheck(index: number): AbortSignal {
  const controller = new AbortController();
  let checks = 0;
  return Object.assign(controller.signal, {
    throwIfAborted: (): void => {
      if (checks === index) throw new Error('interrupted');
      checks += 1;
    },
  });
}

interface Network {
  readonly create: (signal?: AbortSignal) => Promise<void>;
  readonly isUp: () => Promise<boolean>;
  readonly delete: () => Promise<void>;
}

async function countInterruptions(network: Network): Promise<{ readonly interrupted: number; readonly up: number }> {
  for (let interrupted = 0, up = 0; ; interrupted += 1) {
    try {
      // Even checks: those before a command.
      await network.create(abortAtCheck(2 * interrupted));
      return { interrupted, up };
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'interrupted') throw error;
    }
    if (await network.isUp()) up += 1;
    await network.delete();
  }
}

const ofCluster = await countInterruptions({
  create: (signal) => createClusterNetwork(cluster, MAX_NODES, signal),
  isUp: () => isClusterNetworkUp(cluster),
  delete: () => deleteClusterNetwork(cluster),
});
const ofNode = await countInterruptions({
  create: (signal) => createNodeNetwork(node, MAX_NODES, signal),
  isUp: () => isNodeNetworkUp(node),
  delete: () => deleteNodeNetwork(node),
});
const routesOf = async (namespace: string): Promise<readonly string[]> =>
  (await runCommand(['ip', '-n', namespace, 'route', 'show'])).split('\n').map((route) => route.trim());
console.log(
  JSON.stringify({
    cluster: { ...ofCluster, isUp: await isClusterNetworkUp(cluster), routes: await routesOf(cluster.namespace) },
    node: { ...ofNode, isUp: await isNodeNetworkUp(node), routes: await routesOf(node.namespace) },
  }),
);
