import { dump } from 'js-yaml';
import { DNS_ADDRESS, kubeletKubeconfigName } from '../control-plane/site.ts';
import { NODE_PATHS } from './node-filesystem.ts';

/** The kubelet's configuration and its resolv.conf, below the node's directory. */
export const KUBELET_CONFIG = 'kubelet.yaml';
export const RESOLVER_CONFIG = 'resolv.conf';

/** Renders the KubeletConfiguration, with the paths of the node's file system. */
export function renderKubeletConfig(cgroup: string): string {
  return dump({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // By default the kubelet refuses cgroup v1.
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    enforceNodeAllocatable: [],
    containerRuntimeEndpoint: `unix://${NODE_PATHS.containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${NODE_PATHS.state}/pki/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: `${NODE_PATHS.node}/${RESOLVER_CONFIG}`,
    failSwapOn: false,
    // Images come from this machine only: the kubelet could not pull a garbage-collected image again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
  });
}

/** Renders the resolv.conf of the node. No name server runs there, so external names fail at once. */
export function renderResolverConfig(hostAddress: string): string {
  return `nameserver ${hostAddress}\n`;
}

/** The command line of the kubelet, in the node's file system. */
export function kubeletCommand(nodeName: string, nodeAddress: string): string[] {
  return [
    `${NODE_PATHS.tools}/kubelet`,
    `--kubeconfig=${NODE_PATHS.state}/kubeconfig/${kubeletKubeconfigName(nodeName)}`,
    `--config=${NODE_PATHS.node}/${KUBELET_CONFIG}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${nodeAddress}`,
    '--root-dir=/var/lib/kubelet',
  ];
}
