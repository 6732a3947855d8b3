import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureTools, type EnsureToolsOptions, kubernetesVersion } from './tools.ts';
import { MODULE_NAMES, type ToolModule } from './toolchain/catalog.ts';
import { readGoModule, versionOf } from './toolchain/go-module.ts';
import { toolsDirectory } from './toolchain/tools-directory.ts';

/** The modules that have the API server of one older version of Kubernetes, and nothing else. */
type ApiServerModule = Extract<ToolModule, `kube-apiserver-${string}`>;

/** A version of Kubernetes whose API server can be built. */
export interface ApiServerVersion {
  /** The minor version, such as 1.30. */
  readonly minor: string;
  /** The pinned version, such as v1.30.14. */
  readonly version: string;
  readonly tool: ApiServerModule | 'kube-apiserver';
}

/** The newest version, which the local cluster has. */
export const NEWEST_API_SERVER: ApiServerVersion = {
  minor: minorOf(kubernetesVersion()),
  version: kubernetesVersion(),
  tool: 'kube-apiserver',
};

/** All versions, the oldest first. The last one is the newest. */
export const API_SERVER_VERSIONS: readonly ApiServerVersion[] = [
  ...MODULE_NAMES.filter(isApiServerModule)
    .map((tool) => ({ tool, version: versionOf(readGoModule(tool), 'k8s.io/kubernetes') }))
    .map(({ tool, version }) => ({ minor: minorOf(version), version, tool }))
    .toSorted((a, b) => a.minor.localeCompare(b.minor, 'en', { numeric: true })),
  NEWEST_API_SERVER,
];

/** The oldest version, which is the oldest that the chart supports. */
export const OLDEST_API_SERVER: ApiServerVersion = API_SERVER_VERSIONS[0] ?? NEWEST_API_SERVER;

/** Finds a version by its minor version, such as `1.30`. Throws with the list of all if there is none. */
export function findApiServerVersion(minor: string): ApiServerVersion {
  const found = API_SERVER_VERSIONS.find((candidate) => candidate.minor === minor);
  if (found !== undefined) return found;
  const known = API_SERVER_VERSIONS.map((version) => version.minor).join(', ');
  throw new Error(`There is no API server of Kubernetes ${minor}. Choose one of ${known}.`);
}

/** The version that KUBERNETES_VERSION names, such as 1.30; by default the newest one. */
export function selectedApiServerVersion(environment: NodeJS.ProcessEnv = process.env): ApiServerVersion {
  const minor = environment['KUBERNETES_VERSION'] ?? '';
  return findApiServerVersion(minor === '' ? NEWEST_API_SERVER.minor : minor);
}

/**
 * Builds etcd and the API server of a version unless the cache has them, and returns a directory with both, as
 * KUBEBUILDER_ASSETS names it.
 */
export async function ensureApiServer(
  { minor, tool }: ApiServerVersion,
  options: EnsureToolsOptions = {},
  signal?: AbortSignal,
): Promise<string> {
  const programs = await ensureTools(['etcd', tool], options, signal);
  // With the fingerprints of both modules in its path.
  const directory = join(toolsDirectory('cluster'), 'api-servers', programDirectoryName(programs[tool], minor));
  await mkdir(directory, { recursive: true });
  await link(programs.etcd, join(directory, 'etcd'));
  await link(programs[tool], join(directory, 'kube-apiserver'));
  return directory;
}

function programDirectoryName(path: string, minor: string): string {
  return `${minor}-${path.split('/').at(-2) ?? ''}`;
}

/** Creates a symbolic link, unless it exists. */
async function link(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: unknown) => {
    if (!existsSync(path)) throw error;
  });
}

function isApiServerModule(module: ToolModule): module is ApiServerModule {
  return module.startsWith('kube-apiserver-');
}

/** The minor version of v1.30.14 is 1.30. */
function minorOf(version: string): string {
  return version.replace(/^v(\d+\.\d+)\..*$/u, '$1');
}
