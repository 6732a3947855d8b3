import { getStatusCode, readCredentials } from '../control-plane/api-request.ts';
import { controlPlaneFiles } from '../control-plane/site.ts';
import { isClusterNetworkUp, isNodeNetworkUp } from '../node/network-namespace.ts';
import { NODE_PROGRAMS, nodeDaemonName, type NodeSite } from '../node/node-site.ts';
import { type Daemon, findDaemons } from '../process/daemon.ts';
import type { ClusterLayout } from './cluster-layout.ts';

const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** The status of a cluster, as text. */
export interface ClusterStatus {
  /** Whether all daemons run, all networks exist and the API server is ready. */
  readonly isWhole: boolean;
  readonly text: string;
}

interface Row {
  readonly what: string;
  readonly isWhole: boolean;
  readonly text: string;
}

/** The names of a cluster's daemons, in the order of their start. */
function clusterDaemons({ nodes }: Pick<ClusterLayout, 'nodes'>): readonly string[] {
  const ofNodes = nodes.flatMap(({ nodeName }) => NODE_PROGRAMS.map((program) => nodeDaemonName(nodeName, program)));
  return [...CONTROL_PLANE, ...ofNodes];
}

/** Reads the status of a cluster. */
export async function describeStatus(layout: ClusterLayout): Promise<ClusterStatus> {
  const daemons = new Map(findDaemons(layout.stateDirectory).map((daemon) => [daemon.name, daemon]));
  const isReady = daemons.has('kube-apiserver') && (await isApiReady(layout.stateDirectory));
  const { network } = layout;
  const networks = [
    networkRow('network', network.namespacePath, await isClusterNetworkUp(network)),
    ...(await Promise.all(layout.nodes.map(nodeNetworkRow))),
  ];
  const rows: readonly Row[] = [
    ...clusterDaemons(layout).map((name) => daemonRow(name, daemons.get(name))),
    ...networks,
    { what: 'API', isWhole: isReady, text: isReady ? `ready at https://${network.apiAddress}:6443` : 'not ready' },
    { what: 'state', isWhole: true, text: layout.stateDirectory },
  ];
  return {
    isWhole: rows.every((row) => row.isWhole),
    text: rows.map(({ what, text }) => `${what.padEnd(26)}${text}`).join('\n'),
  };
}

function daemonRow(name: string, daemon: Daemon | undefined): Row {
  const text = daemon === undefined ? 'not running' : `running (process ${daemon.pid})`;
  return { what: name, isWhole: daemon !== undefined, text };
}

async function nodeNetworkRow({ nodeName, network }: NodeSite): Promise<Row> {
  return networkRow(`network of ${nodeName}`, network.namespacePath, await isNodeNetworkUp(network));
}

function networkRow(what: string, namespacePath: string, isUp: boolean): Row {
  return { what, isWhole: isUp, text: isUp ? namespacePath : 'absent' };
}

async function isApiReady(stateDirectory: string): Promise<boolean> {
  const credentials = await readCredentials(controlPlaneFiles(stateDirectory).adminKubeconfig);
  return (await getStatusCode(credentials, '/readyz')) === 200;
}
