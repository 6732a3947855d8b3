import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ToolModule } from './catalog.ts';

/** The parsed part of a go.mod. */
export interface GoModule {
  /** The minimum Go version, X.Y.Z. */
  readonly goVersion: string;
  /** The pinned version of each required module, by its path. */
  readonly versions: ReadonlyMap<string, string>;
}

/** The directory of a Go module that pins tools. */
export function moduleDirectory(module: ToolModule): string {
  return join(import.meta.dirname, '..', 'tools', module);
}

/** Reads the versions in the go.mod of a module in tools/. */
export function readGoModule(module: ToolModule): GoModule {
  return parseGoMod(readFileSync(join(moduleDirectory(module), 'go.mod'), 'utf8'));
}

/** Parses a go.mod; throws without a Go version. */
export function parseGoMod(text: string): GoModule {
  const goVersion = /^go (\S+)$/mu.exec(text)?.[1];
  if (goVersion === undefined) throw new Error('a go.mod of local-cluster/tools has no `go` line');
  const required = text.matchAll(/^(?:require )?\s*(?<path>\S+) (?<version>v\S+)(?: \/\/ indirect)?$/gmu);
  const versions = [...required].map(({ groups }) => [groups?.['path'] ?? '', groups?.['version'] ?? ''] as const);
  return { goVersion, versions: new Map(versions) };
}

/** The version of a required module, vX.Y.Z; throws if it is not required. */
export function versionOf({ versions }: GoModule, path: string): string {
  const version = versions.get(path);
  if (version === undefined) throw new Error(`a go.mod of local-cluster/tools does not require ${path}`);
  return version;
}

/** The flags of `go install` for reproducible binaries with their version and the version of Kubernetes. */
export function buildFlags(goModule: GoModule): string[] {
  const stamps = Object.entries(stampsOf(goModule)).map(([variable, value]) => `-X ${variable}=${value}`);
  return ['-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...stamps].join(' ')];
}

/** The linker variables that the makefiles of Kubernetes and Helm 3 set; Helm 4 reads the build info of Go. */
function stampsOf(goModule: GoModule): Readonly<Record<string, string>> {
  const { versions } = goModule;
  return {
    ...(versions.has('k8s.io/kubernetes') ? kubernetesStamps(versionOf(goModule, 'k8s.io/kubernetes')) : {}),
    ...(versions.has('helm.sh/helm/v3')
      ? helm3Stamps(versionOf(goModule, 'helm.sh/helm/v3'), versionOf(goModule, 'k8s.io/client-go'))
      : {}),
  };
}

function kubernetesStamps(version: string): Readonly<Record<string, string>> {
  const [major = '', minor = ''] = version.replace('v', '').split('.');
  const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.fromEntries(
    Object.entries(stamps).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
  );
}

function helm3Stamps(version: string, clientVersion: string): Readonly<Record<string, string>> {
  // client-go v0.37.2 is for Kubernetes 1.37.
  const [, minor = ''] = clientVersion.split('.');
  const ofKubernetes = ['pkg/lint/rules', 'pkg/chartutil'].flatMap((path) => [
    [`helm.sh/helm/v3/${path}.k8sVersionMajor`, '1'],
    [`helm.sh/helm/v3/${path}.k8sVersionMinor`, minor],
  ]);
  return { 'helm.sh/helm/v3/internal/version.version': version, ...Object.fromEntries(ofKubernetes) };
}

/** The digest of a module's sources and build flags. */
export function buildFingerprint(module: ToolModule): string {
  const hash = createHash('sha256').update(JSON.stringify(buildFlags(readGoModule(module))));
  const directory = moduleDirectory(module);
  const sources = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const file of sources) {
    hash.update(`${file.slice(directory.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}
