import { NODE_PATHS } from './node-filesystem.ts';

/** The command line of kube-proxy, in the node's file system and network. */
export function kubeProxyCommand(nodeName: string, podSubnet: string): string[] {
  return [
    `${NODE_PATHS.tools}/kube-proxy`,
    `--kubeconfig=${NODE_PATHS.state}/kubeconfig/kube-proxy.conf`,
    `--hostname-override=${nodeName}`,
    `--cluster-cidr=${podSubnet}`,
    '--proxy-mode=iptables',
    // 0 leaves these settings of the whole machine unchanged.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
  ];
}
