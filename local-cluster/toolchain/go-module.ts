import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The directory of the Go module that pins Kubernetes and its friends. */
export const MODULE_DIRECTORY = join(import.meta.dirname, '..', 'tools');

/** What the product reads from the go.mod of the tools. */
export interface GoModule {
  /** The least Go version that builds it, X.Y.Z. */
  readonly goVersion: string;
  /** The pinned version of Kubernetes, vX.Y.Z. */
  readonly kubernetesVersion: string;
}

/** Reads the versions that the tools' go.mod pins. */
export function readGoModule(): GoModule {
  return parseGoMod(readFileSync(join(MODULE_DIRECTORY, 'go.mod'), 'utf8'));
}

/** Parses a go.mod; throws when it names no Go version or no k8s.io/kubernetes. */
export function parseGoMod(text: string): GoModule {
  const goVersion = /^go (\S+)$/mu.exec(text)?.[1];
  const kubernetesVersion = /^\s*(?:require )?k8s\.io\/kubernetes (v\S+)/mu.exec(text)?.[1];
  if (goVersion === undefined || kubernetesVersion === undefined) {
    throw new Error('local-cluster/tools/go.mod has no `go` line, or does not require k8s.io/kubernetes');
  }
  return { goVersion, kubernetesVersion };
}

/** The flags of `go install`: reproducible binaries that know which Kubernetes they are (Helm and kubectl read it). */
export function buildFlags({ kubernetesVersion }: Pick<GoModule, 'kubernetesVersion'>): string[] {
  const [major = '', minor = ''] = kubernetesVersion.replace('v', '').split('.');
  const version = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(version).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...stamps].join(' ')];
}

/** A digest of all that the binaries are made of; other sources or flags give another one. */
export function buildFingerprint(): string {
  const hash = createHash('sha256').update(JSON.stringify(buildFlags(readGoModule())));
  const sources = readdirSync(MODULE_DIRECTORY, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const file of sources) {
    hash.update(`${file.slice(MODULE_DIRECTORY.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}
