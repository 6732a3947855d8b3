import { join } from 'node:path';

/** Where a control plane lives: its directory, its addresses, and the way into the network that these belong to. */
export interface ControlPlaneSite {
  readonly stateDirectory: string;
  /** Where clients reach the API server; it listens on nothing else of this network, loopback aside. */
  readonly apiAddress: string;
  readonly apiPort: number;
  /** The node's address as the cluster sees it: kubeadm refuses loopback addresses here. */
  readonly nodeAddress: string;
  readonly nodeName: string;
  readonly etcdClientPort: number;
  readonly etcdPeerPort: number;
  /** Makes of a command one that runs in the network of the control plane. */
  readonly enterNetwork: (argv: readonly string[]) => readonly string[];
  /** Whether the kernel ends the processes when the one that started them ends. */
  readonly endsWithParent: boolean;
}

/** The files of a state directory that more than one program reads or writes. */
export interface ControlPlaneFiles {
  readonly pki: string;
  readonly kubeconfigs: string;
  /** Cluster administrator, in the group system:masters. */
  readonly adminKubeconfig: string;
  readonly proxyKubeconfig: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  readonly etcdData: string;
  readonly kubeadmConfig: string;
}

/** Lays out a state directory. */
export function controlPlaneFiles(stateDirectory: string): ControlPlaneFiles {
  const kubeconfigs = join(stateDirectory, 'kubeconfig');
  return {
    pki: join(stateDirectory, 'pki'),
    kubeconfigs,
    adminKubeconfig: join(kubeconfigs, 'super-admin.conf'),
    proxyKubeconfig: join(kubeconfigs, 'kube-proxy.conf'),
    auditPolicy: join(stateDirectory, 'audit-policy.yaml'),
    auditLog: join(stateDirectory, 'logs', 'audit.log'),
    etcdData: join(stateDirectory, 'etcd'),
    kubeadmConfig: join(stateDirectory, 'kubeadm.yaml'),
  };
}

/** The ranges of addresses that exist only inside a cluster; Services and pods of two clusters never meet. */
export const POD_SUBNET = '10.244.0.0/16';
export const SERVICE_SUBNET = '10.96.0.0/16';
export const DNS_ADDRESS = '10.96.0.10';
