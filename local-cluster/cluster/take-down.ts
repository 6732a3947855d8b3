import { rm } from 'node:fs/promises';
import { deleteCgroup } from '../node/cgroup-root.ts';
import { deleteClusterNetwork } from '../node/network-namespace.ts';
import { cutPower } from '../node/node.ts';
import { findDaemons, killAllOf, stopDaemon } from '../process/daemon.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { releaseSubnet } from './subnet-claim.ts';

/** In this order, since an API server without etcd ignores SIGTERM. */
const CONTROL_PLANE_DAEMONS = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'];

/** Stops all processes of a cluster in any state, and keeps its data. */
export async function takeDown(layout: ClusterLayout): Promise<void> {
  for (const node of layout.nodes) await cutPower(node);
  await stopControlPlane(layout);
  await killAllOf(layout.stateDirectory);
  await deleteCgroup(layout.cgroup);
  await deleteClusterNetwork(layout.network);
}

/** Stops the daemons of the control plane, or some of them, in order. */
export async function stopControlPlane(
  { stateDirectory }: ClusterLayout,
  names: readonly string[] = CONTROL_PLANE_DAEMONS,
): Promise<void> {
  for (const name of CONTROL_PLANE_DAEMONS.filter((daemon) => names.includes(daemon))) {
    const running = findDaemons(stateDirectory).filter((daemon) => daemon.name === name);
    for (const daemon of running) await stopDaemon(daemon);
  }
}

/** Stops all processes of a cluster, and deletes all its data. */
export async function remove(layout: ClusterLayout): Promise<void> {
  await takeDown(layout);
  await rm(layout.stateDirectory, { recursive: true, force: true });
  await releaseSubnet(layout.name);
}
