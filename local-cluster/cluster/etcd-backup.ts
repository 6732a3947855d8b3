import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeDaemonName } from '../node/node-site.ts';
import { controlPlaneFiles } from '../control-plane/site.ts';
import { findDaemons, stopDaemon } from '../process/daemon.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { stopControlPlane } from './take-down.ts';

const API = ['kube-apiserver', 'etcd'];

/** Stops the API server and etcd, and copies etcd's data; returns the path of the copy. The caller starts the control plane again. */
export async function backUpEtcd(layout: ClusterLayout): Promise<string> {
  const { etcdData } = controlPlaneFiles(layout.stateDirectory);
  const backup = join(layout.stateDirectory, 'etcd-backup');
  await stopControlPlane(layout, API);
  await rm(backup, { recursive: true, force: true });
  await cp(etcdData, backup, { recursive: true });
  return backup;
}

/**
 * Replaces etcd's data by a copy, with older resource versions. As the documentation of Kubernetes demands, its own
 * components are stopped: they would not notice. The caller starts the control plane and the nodes again.
 */
export async function replaceEtcdData(layout: ClusterLayout, backup: string): Promise<void> {
  const { etcdData } = controlPlaneFiles(layout.stateDirectory);
  await stopControlPlane(layout);
  const names = new Set(
    layout.nodes.flatMap(({ nodeName }) => [
      nodeDaemonName(nodeName, 'kubelet'),
      nodeDaemonName(nodeName, 'kube-proxy'),
    ]),
  );
  const running = findDaemons(layout.stateDirectory).filter(({ name }) => names.has(name));
  await Promise.all(running.map((daemon) => stopDaemon(daemon)));
  await cp(backup, `${etcdData}.new`, { recursive: true });
  await rm(etcdData, { recursive: true, force: true });
  await rename(`${etcdData}.new`, etcdData);
}
