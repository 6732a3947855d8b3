import { getStatusCode, readCredentials } from '../control-plane/api-request.ts';
import { controlPlaneFiles } from '../control-plane/site.ts';
import { isNetworkUp } from '../node/network-namespace.ts';
import { findDaemons } from '../process/daemon.ts';
import type { ClusterLayout } from './cluster-layout.ts';

/** The daemons of a cluster, in the order of their start. */
export const CLUSTER_DAEMONS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'containerd',
  'kubelet',
  'kube-proxy',
];

/** The status of a cluster, as text. */
export interface ClusterStatus {
  /** Whether all daemons run and the API server is ready. */
  readonly isWhole: boolean;
  readonly text: string;
}

/** Reads the status of a cluster. */
export async function describeStatus(layout: ClusterLayout): Promise<ClusterStatus> {
  const daemons = new Map(findDaemons(layout.stateDirectory).map((daemon) => [daemon.name, daemon]));
  const network = await isNetworkUp(layout.network);
  const isReady = daemons.has('kube-apiserver') && (await isApiReady(layout.stateDirectory));
  const rows = [
    ...CLUSTER_DAEMONS.map((name) => [name, describeProcess(daemons.get(name)?.pid)]),
    ['network', network ? layout.network.namespacePath : 'absent'],
    ['API', isReady ? `ready at https://${layout.network.nodeAddress}:6443` : 'not ready'],
    ['state', layout.stateDirectory],
  ];
  return {
    isWhole: isReady && network && CLUSTER_DAEMONS.every((name) => daemons.has(name)),
    text: rows.map(([name = '', what = '']) => `${name.padEnd(26)}${what}`).join('\n'),
  };
}

function describeProcess(pid: number | undefined): string {
  return pid === undefined ? 'not running' : `running (process ${pid})`;
}

async function isApiReady(stateDirectory: string): Promise<boolean> {
  const credentials = await readCredentials(controlPlaneFiles(stateDirectory).adminKubeconfig);
  return (await getStatusCode(credentials, '/readyz')) === 200;
}
