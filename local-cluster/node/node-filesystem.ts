import { join } from 'node:path';

/**
 * What the programs of a node see of the file system: the host's, but with directories of their own wherever they write,
 * and their paths as on any node. It is a mount namespace that containerd makes and kubelet and kube-proxy join; no mount of
 * it is seen outside, and the kernel takes all of them away when the last process in it has ended.
 */
export const NODE_PATHS = {
  /** The cluster's state directory. */
  state: '/run/cluster',
  /** The directory of the programs that were built from source. */
  tools: '/run/tools',
  containerdSocket: '/run/containerd/containerd.sock',
} as const;

/** Where the node's /var/lib and /var/log are kept, below the cluster's state directory. */
export const NODE_DIRECTORY = 'node';

/** The kernel settings that kubelet would write for the whole machine; in its view of /proc they have these values already. */
const KUBELET_SYSCTLS: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/** Makes of a command one that makes the node's file system, and then runs in it, as the same process. */
export function enterNewNodeFilesystem(
  stateDirectory: string,
  toolsDirectory: string,
  argv: readonly string[],
): readonly string[] {
  const script = renderMountScript(stateDirectory, toolsDirectory);
  return ['unshare', '--mount', '--propagation', 'slave', '--', 'sh', '-euc', script, 'sh', ...argv];
}

/** Makes of a command one that runs in the file system of a process. */
export function enterFilesystemOf(pid: number, argv: readonly string[]): readonly string[] {
  return ['nsenter', `--mount=/proc/${pid}/ns/mnt`, '--', ...argv];
}

/** Renders the shell script that lays the node's directories over the host's, and ends in the command of its arguments. */
export function renderMountScript(stateDirectory: string, toolsDirectory: string): string {
  const run = quote(join(stateDirectory, NODE_DIRECTORY, 'run'));
  const writable = ['lib', 'log'].map((name) => `${NODE_PATHS.state}/${NODE_DIRECTORY}/var-${name} /var/${name}`);
  // With -n, since mount(8) would note in /run what nobody outside sees.
  return [
    `mkdir -p ${run} ${['lib', 'log'].map((name) => quote(join(stateDirectory, NODE_DIRECTORY, `var-${name}`))).join(' ')}`,
    `mount -n -t tmpfs -o mode=0755 node-run ${run}`,
    `mkdir ${run}/cluster ${run}/tools ${run}/netns ${run}/lock`,
    `mount -n --bind ${quote(stateDirectory)} ${run}/cluster`,
    `mount -n --bind ${quote(toolsDirectory)} ${run}/tools`,
    `mount -n --move ${run} /run`,
    // From here on the host's paths may be hidden: the state directory itself can be below /var/lib.
    ...writable.map((pair) => `mount -n --bind ${pair}`),
    ...Object.entries(KUBELET_SYSCTLS).flatMap(([path, value]) => {
      const file = `/run/sysctl-${path.replaceAll('/', '-')}`;
      return [`echo ${value} > ${file}`, `[ ! -e /proc/sys/${path} ] || mount -n --bind ${file} /proc/sys/${path}`];
    }),
    // Volumes that kubelet mounts later are to be seen in containers that ask for it.
    'mount -n --make-rshared /',
    'exec "$@"',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
