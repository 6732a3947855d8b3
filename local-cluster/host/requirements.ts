import { findFile, findProgram } from './find-program.ts';

/** A Debian package and the programs that it provides, which may also come from elsewhere. */
export interface Requirement {
  readonly debianPackage: string;
  readonly programs: readonly string[];
  /** The directories of these programs, if not on the PATH. */
  readonly directories?: readonly string[];
}

/** The usual directories of the CNI plugins. */
export const CNI_DIRECTORIES = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** Requirements for building images. */
export const IMAGE_REQUIREMENTS: readonly Requirement[] = [
  { debianPackage: 'buildah', programs: ['buildah'] },
  { debianPackage: 'busybox-static', programs: ['busybox'] },
  { debianPackage: 'ca-certificates', programs: ['update-ca-certificates'] },
  { debianPackage: 'libc-bin', programs: ['ldd'] },
];

/** Requirements of a node, apart from the tools that are built from source. */
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

/** Requirements of the tests of alerts and dashboards. */
export const PROMETHEUS_REQUIREMENTS: readonly Requirement[] = [
  { debianPackage: 'prometheus', programs: ['prometheus', 'promtool'] },
];

/** Requirements of the tests with Docker's engine. A client elsewhere on the PATH may be of another version. */
export const DOCKER_REQUIREMENTS: readonly Requirement[] = [
  { debianPackage: 'docker.io', programs: ['dockerd', 'docker'], directories: ['/usr/bin', '/usr/sbin'] },
];

/** Requirements of the tests with podman. */
export const PODMAN_REQUIREMENTS: readonly Requirement[] = [
  { debianPackage: 'podman', programs: ['podman'], directories: ['/usr/bin'] },
];

/** The requirements that this machine does not meet. */
export function findMissing(requirements: readonly Requirement[]): Requirement[] {
  return requirements.filter(({ programs, directories }) =>
    programs.some(
      (name) => (directories === undefined ? findProgram(name) : findFile(name, directories)) === undefined,
    ),
  );
}
