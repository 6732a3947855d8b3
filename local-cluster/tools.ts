import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatDuration } from './toolchain/build-progress.ts';
import { findTool, type ToolName } from './toolchain/catalog.ts';
import { binaryOf, type BuildGroup, goInstall, groupForBuild } from './toolchain/go-install.ts';
import { readGoModule, versionOf } from './toolchain/go-module.ts';
import { ensureGo } from './toolchain/go.ts';
import { toolsDirectory } from './toolchain/tools-directory.ts';

/** The absolute path of each requested program. */
export type ToolPaths<Name extends ToolName = ToolName> = Readonly<Record<Name, string>>;

/** Receives progress, one line at a time. */
export interface EnsureToolsOptions {
  readonly log?: (line: string) => void;
}

const UNUSED_AFTER_MS = 30 * 24 * 3600 * 1000;

/** The version of Kubernetes in the cluster's go.mod, vX.Y.Z. */
export function kubernetesVersion(): string {
  return versionOf(readGoModule('cluster'), 'k8s.io/kubernetes');
}

/** Builds the programs that are not in the cache, which takes minutes the first time, and returns the paths of all. */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  options: EnsureToolsOptions = {},
  signal?: AbortSignal,
): Promise<ToolPaths<Name>> {
  const directories = new Map(names.map((name) => [name, toolsDirectory(findTool(name).module)]));
  const pathOf = (name: Name): string => join(directories.get(name) ?? '', name);
  const missing = names.filter((name) => !existsSync(pathOf(name)));
  for (const group of groupForBuild(missing)) await build(group, options.log ?? (() => {}), signal);
  const now = new Date();
  for (const directory of new Set(directories.values())) await utimes(directory, now, now);
  // SAFETY: there is one entry per name.
  return Object.fromEntries(names.map((name) => [name, pathOf(name)])) as ToolPaths<Name>;
}

async function build({ module, names }: BuildGroup, log: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const directory = toolsDirectory(module);
  const go = await ensureGo(module, log, signal);
  await mkdir(directory, { recursive: true });
  await removeAbandoned(directory);
  log(`building ${names.join(', ')} from source (once; kept in ${directory})`);
  const startedMs = performance.now();
  // Go writes into a staging directory, and finished files are renamed: no process sees a partial binary, and concurrent
  // builds only repeat the same work.
  const staging = await mkdtemp(join(directory, `.building-${process.pid}-`));
  try {
    await goInstall(go, { module, names, directory: staging }, log, signal);
    for (const name of names) await rename(join(staging, binaryOf(name)), join(directory, name));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  await removeUnused(dirname(directory));
  log(`built ${names.join(', ')} in ${formatDuration(performance.now() - startedMs)}`);
}

/** Removes the staging directories of builds whose process has ended. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const builder = /^\.building-(\d+)-/u.exec(name)?.[1];
    if (builder !== undefined && !existsSync(`/proc/${builder}`)) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}

/** Removes programs of other versions that were not used for a month: up to a gigabyte each. */
async function removeUnused(allTools: string): Promise<void> {
  for (const name of await readdir(allTools)) {
    const directory = join(allTools, name);
    const { mtimeMs } = await stat(directory);
    if (mtimeMs < Date.now() - UNUSED_AFTER_MS) {
      await rm(directory, { recursive: true, force: true });
    }
  }
}
