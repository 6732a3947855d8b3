import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalCluster } from '../../../local-cluster/cluster.ts';
import { ensureInstalled } from '../../../local-cluster/host/debian-packages.ts';
import { DOCKER_REQUIREMENTS } from '../../../local-cluster/host/requirements.ts';
import { type Daemon, ensureDaemon, stopDaemon, waitForDaemons } from '../../../local-cluster/process/daemon.ts';
import { CommandFailedError, runCommand } from '../../../local-cluster/process/run-command.ts';

/** Debian's client, whatever else is on the PATH. */
export const DOCKER_CLIENT = '/usr/bin/docker';

/** Docker's engine with its own directories and socket, which ends with this process. */
export interface DockerDaemon {
  readonly socket: string;
  /** Runs a command of Debian's client as root. */
  docker(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts Docker's engine of Debian, without networks of its own, so that it changes nothing on this machine. */
export async function startDocker(
  cluster: LocalCluster,
  { insecureRegistry, group }: { readonly insecureRegistry: string; readonly group: number },
): Promise<DockerDaemon> {
  await ensureInstalled(DOCKER_REQUIREMENTS, () => undefined);
  const directory = join(cluster.stateDirectory, 'docker');
  await mkdir(directory, { recursive: true });
  // Open to the user, and short: the engine's containerd has sockets below, whose paths may have 107 characters.
  const runtime = `/run/tco-${cluster.name}-docker`;
  await mkdir(runtime, { recursive: true });
  await chmod(runtime, 0o755);
  const socket = join(runtime, 'docker.sock');
  const process = await ensureDaemon({
    name: 'dockerd',
    // Its own mount namespace, so that the mount of the data directory ends with it.
    argv: [
      'unshare',
      '--mount',
      '--propagation',
      'slave',
      '--',
      'dockerd',
      `--host=unix://${socket}`,
      `--group=${group}`,
      `--data-root=${join(directory, 'data')}`,
      `--exec-root=${join(runtime, 'exec')}`,
      `--pidfile=${join(directory, 'pid')}`,
      // Apart from another engine of this machine, whose containerd it would use.
      `--containerd-namespace=tco-${cluster.name}`,
      `--containerd-plugins-namespace=tco-${cluster.name}-plugins`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--storage-driver=vfs',
      `--insecure-registry=${insecureRegistry}`,
    ],
    stateDirectory: cluster.stateDirectory,
    endsWithParent: true,
  });
  const docker = (...args: readonly string[]): Promise<string> =>
    runCommand([DOCKER_CLIENT, '--host', `unix://${socket}`, ...args]);
  await waitForDaemons([process], {
    what: 'dockerd to answer',
    timeoutMs: 60_000,
    probe: () => isAnswering(docker),
  });
  return { socket, docker, stop: () => stop(process, runtime) };
}

async function isAnswering(docker: DockerDaemon['docker']): Promise<true | undefined> {
  try {
    await docker('version');
    return true;
  } catch (error) {
    if (error instanceof CommandFailedError) return undefined;
    throw error;
  }
}

/** The engine stops its own containerd, which takes some seconds. */
async function stop(process: Daemon, runtime: string): Promise<void> {
  await stopDaemon(process, 30_000);
  await rm(runtime, { recursive: true, force: true });
}
