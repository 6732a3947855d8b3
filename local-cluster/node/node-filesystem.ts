import { join } from 'node:path';

/**
 * The file system of a node: the host's, with its own directories for everything that the node writes, at the usual paths. It
 * is a mount namespace that containerd creates and that the kubelet and kube-proxy join. Its mounts are invisible outside, and
 * the kernel removes them with the last process.
 */
export const NODE_PATHS = {
  /** The cluster's state directory. */
  state: '/run/cluster',
  /** The directory of this node. */
  node: '/run/node',
  /** The directory of the tools that are built from source. */
  tools: '/run/tools',
  containerdSocket: '/run/containerd/containerd.sock',
} as const;

/** The directories of the host that a node sees. Its own also contains its /var/lib and /var/log. */
export interface NodeMounts {
  readonly stateDirectory: string;
  readonly nodeDirectory: string;
  readonly toolsDirectory: string;
}

/** Kernel settings that the kubelet would change for the whole machine; its /proc already shows these values. */
const KUBELET_SYSCTLS: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/** Wraps a command to create the node's file system and then run in it, as the same process. */
export function enterNewNodeFilesystem(mounts: NodeMounts, argv: readonly string[]): readonly string[] {
  const script = renderMountScript(mounts);
  return ['unshare', '--mount', '--propagation', 'slave', '--', 'sh', '-euc', script, 'sh', ...argv];
}

/** Wraps a command to run in the file system of a process. */
export function enterFilesystemOf(pid: number, argv: readonly string[]): readonly string[] {
  return ['nsenter', `--mount=/proc/${pid}/ns/mnt`, '--', ...argv];
}

/** Renders the shell script that mounts the node's directories over the host's, and then runs its arguments as a command. */
export function renderMountScript({ stateDirectory, nodeDirectory, toolsDirectory }: NodeMounts): string {
  const run = quote(join(nodeDirectory, 'run'));
  const writable = ['lib', 'log'].map((name) => `${NODE_PATHS.node}/var-${name} /var/${name}`);
  // With -n, since mount(8) would record the invisible mounts in /run.
  return [
    `mkdir -p ${run} ${['lib', 'log'].map((name) => quote(join(nodeDirectory, `var-${name}`))).join(' ')}`,
    `mount -n -t tmpfs -o mode=0755 node-run ${run}`,
    `mkdir ${run}/cluster ${run}/node ${run}/tools ${run}/netns ${run}/lock`,
    `mount -n --bind ${quote(stateDirectory)} ${run}/cluster`,
    `mount -n --bind ${quote(nodeDirectory)} ${run}/node`,
    `mount -n --bind ${quote(toolsDirectory)} ${run}/tools`,
    `mount -n --move ${run} /run`,
    // From here on, paths of the host may be hidden: the state directory can be below /var/lib.
    ...writable.map((pair) => `mount -n --bind ${pair}`),
    ...Object.entries(KUBELET_SYSCTLS).flatMap(([path, value]) => {
      const file = `/run/sysctl-${path.replaceAll('/', '-')}`;
      return [`echo ${value} > ${file}`, `[ ! -e /proc/sys/${path} ] || mount -n --bind ${file} /proc/sys/${path}`];
    }),
    // Containers with mount propagation see volumes that the kubelet mounts later.
    'mount -n --make-rshared /',
    'exec "$@"',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
