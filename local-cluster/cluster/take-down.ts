import { rm } from 'node:fs/promises';
import { deleteNetwork } from '../node/network-namespace.ts';
import { stopNode } from '../node/node.ts';
import { findDaemons, killAllOf, stopDaemon } from '../process/daemon.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { releaseSubnet } from './subnet-claim.ts';

/** An API server whose etcd has gone does not end by SIGTERM: one after the other, in this order. */
const CONTROL_PLANE_DAEMONS = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'];

/** Ends everything of a cluster that runs, in whatever state it is; its data stay. */
export async function takeDown(layout: ClusterLayout): Promise<void> {
  await stopNode(layout);
  for (const name of CONTROL_PLANE_DAEMONS) {
    const running = findDaemons(layout.stateDirectory).filter((daemon) => daemon.name === name);
    for (const daemon of running) await stopDaemon(daemon);
  }
  await killAllOf(layout.stateDirectory);
  await deleteNetwork(layout.network);
}

/** Ends everything of a cluster, and removes all that it ever wrote. */
export async function remove(layout: ClusterLayout): Promise<void> {
  await takeDown(layout);
  await rm(layout.stateDirectory, { recursive: true, force: true });
  await releaseSubnet(layout.name);
}
