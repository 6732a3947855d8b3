import { once } from 'node:events';
import { createServer } from 'node:net';
import type { LocalCluster } from '../../../local-cluster/cluster.ts';
import { type Daemon, ensureDaemon } from '../../../local-cluster/process/daemon.ts';

/** A program that runs on this machine beside the cluster, as its administrator. */
export interface NeighborProgram {
  readonly name: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a program with the cluster's kubeconfig. It ends with this process, or with the cluster. */
export function startNeighbor(cluster: LocalCluster, { name, argv, environment }: NeighborProgram): Promise<Daemon> {
  const variables = Object.entries({ KUBECONFIG: cluster.kubeconfigPath, ...environment });
  return ensureDaemon({
    name,
    argv: ['env', ...variables.map(([variable, value]) => `${variable}=${value}`), ...argv],
    stateDirectory: cluster.stateDirectory,
    endsWithParent: true,
  });
}

/** A TCP port that is free on all addresses of this machine. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
