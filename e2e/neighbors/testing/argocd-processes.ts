import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalCluster } from '../../../local-cluster/cluster.ts';
import type { Daemon } from '../../../local-cluster/process/daemon.ts';
import { withSystemPath } from '../../../local-cluster/process/system-path.ts';
import { ensureTools } from '../../../local-cluster/tools.ts';
import { findFreePort, startNeighbor } from './neighbor-process.ts';

/** The namespace of Argo CD's own objects. */
export const ARGOCD_NAMESPACE = 'argocd';

const RESYNC_SECONDS = 30;

/** Starts Argo CD's Redis, repo server and application controller. */
export async function startArgoCdProcesses(cluster: LocalCluster): Promise<readonly Daemon[]> {
  const { argocd, helm3 } = await ensureTools(['argocd', 'helm3']);
  const directory = join(cluster.stateDirectory, 'argocd');
  await rm(directory, { recursive: true, force: true });
  const programs = await createProgramDirectory(directory, helm3);
  const [redisPort, repoServerPort, ...metricsPorts] = await findFreePorts(4);
  const redis = `127.0.0.1:${redisPort}`;
  const environment = {
    PATH: `${programs}:${withSystemPath(process.env).PATH ?? ''}`,
    HOME: directory,
    TMPDIR: directory,
    ARGOCD_GPG_ENABLED: 'false',
    // "https://kubernetes.default.svc" is the cluster of the kubeconfig.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
  };
  const start = (name: string, ...args: readonly string[]): Promise<Daemon> =>
    startNeighbor(cluster, { name: `argocd-${name}`, argv: [argocd, name, ...args], environment });
  return [
    await start('redis', redis),
    await start(
      'repo-server',
      '--address=127.0.0.1',
      `--port=${repoServerPort}`,
      '--metrics-address=127.0.0.1',
      `--metrics-port=${metricsPorts[0]}`,
      `--redis=${redis}`,
      '--disable-tls',
      '--client-ca-path=',
    ),
    await start(
      'application-controller',
      `--namespace=${ARGOCD_NAMESPACE}`,
      `--metrics-port=${metricsPorts[1]}`,
      `--redis=${redis}`,
      `--repo-server=127.0.0.1:${repoServerPort}`,
      '--repo-server-plaintext',
      `--app-resync=${RESYNC_SECONDS}`,
      '--app-resync-jitter=0',
    ),
  ];
}

/** Creates a directory of the programs that the repo server runs: Helm, and a script that finds no signature of a commit. */
async function createProgramDirectory(parent: string, helm: string): Promise<string> {
  const directory = join(parent, 'bin');
  await mkdir(directory, { recursive: true });
  await symlink(helm, join(directory, 'helm'));
  const script = join(directory, 'git-verify-wrapper.sh');
  await writeFile(script, '#!/bin/sh\nexit 0\n');
  await chmod(script, 0o755);
  return directory;
}

async function findFreePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}
