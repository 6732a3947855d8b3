import { readFileSync } from 'node:fs';
import { NODE_PATHS } from './node-filesystem.ts';

/** The properties of the machine that containerd's configuration depends on. */
export interface ContainerdFacts {
  /** overlayfs if the kernel and the disk support it, otherwise native, which copies. */
  readonly snapshotter: 'overlayfs' | 'native';
  /** False without CAP_SYS_RESOURCE: then runc may not lower a container's oom_score_adj. */
  readonly mayLowerOomScore: boolean;
  readonly cniPluginDirectory: string;
}

/** The configuration file, and the directory of the CNI configuration, below the node's directory. */
export const CONTAINERD_CONFIG = 'containerd.toml';
export const CNI_DIRECTORY = 'cni';

/** The directory below the state directory with the settings of registries, which containerd reads at each pull. */
export const REGISTRIES_DIRECTORY = 'registries';

/** Renders containerd's configuration (version 2, which 1.6 to 2.x read), with the paths of the node's file system. */
export function renderContainerdConfig(facts: ContainerdFacts, pauseImage: string): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
  address = "${NODE_PATHS.containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  enable_unprivileged_ports = true
  restrict_oom_score_adj = ${String(!facts.mayLowerOomScore)}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${facts.snapshotter}"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${facts.cniPluginDirectory}"
    conf_dir = "${NODE_PATHS.node}/${CNI_DIRECTORY}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${NODE_PATHS.state}/${REGISTRIES_DIRECTORY}"
`;
}

/**
 * Renders the CNI configuration: a veth for each pod, routed by the node, so that kube-proxy's rules apply to all its traffic.
 * `podSubnet`, a /24, is the node's part of `clusterPodSubnet`. Only traffic that leaves the latter has the node's address.
 */
export function renderCniConfig(podSubnet: string, clusterPodSubnet: string): string {
  const [network = ''] = podSubnet.split('.0/24');
  const range = {
    // The plugin masquerades what leaves this subnet.
    subnet: clusterPodSubnet,
    rangeStart: `${network}.2`,
    rangeEnd: `${network}.254`,
    gateway: `${network}.1`,
  };
  return JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: 'pods',
      plugins: [
        {
          type: 'ptp',
          ipMasq: true,
          ipam: { type: 'host-local', ranges: [[range]], routes: [{ dst: '0.0.0.0/0' }] },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    },
    undefined,
    2,
  );
}

/** Parses from /proc/self/status whether this process has CAP_SYS_RESOURCE. */
export function hasSysResource(status = readFileSync('/proc/self/status', 'utf8')): boolean {
  const effective = /^CapEff:\s*([\da-f]+)$/mu.exec(status)?.[1] ?? '0';
  const capSysResource = 24n;
  return ((BigInt(`0x${effective}`) >> capSysResource) & 1n) === 1n;
}
