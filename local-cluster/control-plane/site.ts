import { join } from 'node:path';

/** The directory, the addresses and the network of a control plane. */
export interface ControlPlaneSite {
  readonly stateDirectory: string;
  /** The address of the API server for clients; it listens only there and on the loopback interface. */
  readonly apiAddress: string;
  readonly apiPort: number;
  /** The node's address in the cluster; kubeadm refuses loopback addresses. */
  readonly nodeAddress: string;
  readonly nodeName: string;
  readonly etcdClientPort: number;
  readonly etcdPeerPort: number;
  /** Wraps a command to run in the network of the control plane. */
  readonly enterNetwork: (argv: readonly string[]) => readonly string[];
  /** Whether the kernel ends the processes with their parent. */
  readonly endsWithParent: boolean;
}

/** The files in a state directory that several programs share. */
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

/** The file of a kubelet's kubeconfig, in the directory of the kubeconfigs. */
export function kubeletKubeconfigName(nodeName: string): string {
  return `kubelet-${nodeName}.conf`;
}

/** The address ranges of Services and pods, which exist only inside a cluster. */
export const POD_SUBNET = '10.244.0.0/16';
export const SERVICE_SUBNET = '10.96.0.0/16';
export const DNS_ADDRESS = '10.96.0.10';
