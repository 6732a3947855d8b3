import { findFile, findProgram } from './find-program.ts';

/** A Debian package, and how to tell that what it brings is there, from whatever source. */
export interface Requirement {
  readonly debianPackage: string;
  readonly programs: readonly string[];
  /** Where these programs are, when not on the PATH. */
  readonly directories?: readonly string[];
}

/** The directories in which distributions and people put the CNI plugins. */
export const CNI_DIRECTORIES = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** What building images needs. */
export const IMAGE_REQUIREMENTS: readonly Requirement[] = [
  { debianPackage: 'buildah', programs: ['buildah'] },
  { debianPackage: 'busybox-static', programs: ['busybox'] },
  { debianPackage: 'ca-certificates', programs: ['update-ca-certificates'] },
  { debianPackage: 'libc-bin', programs: ['ldd'] },
];

/** What a node needs, beside what is built from source. */
export const NODE_REQUIREMENTS: readonly Requirement[] = [
  { debianPackage: 'containerd', programs: ['containerd', 'ctr', 'containerd-shim-runc-v2'] },
  { debianPackage: 'runc', programs: ['runc'] },
  {
    debianPackage: 'containernetworking-plugins',
    programs: ['ptp', 'host-local', 'portmap', 'loopback'],
    directories: CNI_DIRECTORIES,
  },
  { debianPackage: 'catatonit', programs: ['catatonit'] },
  { debianPackage: 'iptables', programs: ['iptables', 'iptables-restore'] },
  { debianPackage: 'conntrack', programs: ['conntrack'] },
  { debianPackage: 'iproute2', programs: ['ip'] },
  { debianPackage: 'kmod', programs: ['modprobe'] },
  { debianPackage: 'mount', programs: ['mount', 'umount'] },
  { debianPackage: 'util-linux', programs: ['nsenter', 'unshare', 'setpriv'] },
];

/** What tests of alerts and dashboards need. */
export const PROMETHEUS_REQUIREMENTS: readonly Requirement[] = [
  { debianPackage: 'prometheus', programs: ['prometheus', 'promtool'] },
];

/** Gives the requirements that this machine does not meet. */
export function findMissing(requirements: readonly Requirement[]): Requirement[] {
  return requirements.filter(({ programs, directories }) =>
    programs.some(
      (name) => (directories === undefined ? findProgram(name) : findFile(name, directories)) === undefined,
    ),
  );
}
