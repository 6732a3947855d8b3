import { rm } from 'node:fs/promises';
import { deleteNetwork } from '../node/network-namespace.ts';
import { stopNode } from '../node/node.ts';
import { findDaemons, killAllOf, stopDaemon } from '../process/daemon.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { releaseSubnet } from './subnet-claim.ts';

/** In this order, since an API server without etcd ignores SIGTERM. */
const CONTROL_PLANE_DAEMONS = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'];

/** Stops all processes of a cluster in any state, and keeps its data. */
export async function takeDown(layout: ClusterLayout): Promise<void> {
  await stopNode(layout);
  for (const name of CONTROL_PLANE_DAEMONS) {
    const running = findDaemons(layout.stateDirectory).filter((daemon) => daemon.name === name);
    for (const daemon of running) await stopDaemon(daemon);
  }
  await killAllOf(layout.stateDirectory);
  await deleteNetwork(layout.network);
}

/** Stops all processes of a cluster, and deletes all its data. */
export async function remove(layout: ClusterLayout): Promise<void> {
  await takeDown(layout);
  await rm(layout.stateDirectory, { recursive: true, force: true });
  await releaseSubnet(layout.name);
}
