import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatDuration } from './toolchain/build-progress.ts';
import { findTool, type ToolName } from './toolchain/catalog.ts';
import { binaryOf, type BuildGroup, goInstall, groupForBuild } from './toolchain/go-install.ts';
import { readGoModule, versionOf } from './toolchain/go-module.ts';
import { ensureGo } from './toolchain/go.ts';
import { toolsDirectory } from './toolchain/tools-directory.ts';

/** The absolute path of each program that was asked for. */
export type ToolPaths<Name extends ToolName = ToolName> = Readonly<Record<Name, string>>;

/** Where progress is told, a line at a time. */
export interface EnsureToolsOptions {
  readonly log?: (line: string) => void;
}

const UNUSED_AFTER_MS = 30 * 24 * 3600 * 1000;

/** The version of Kubernetes that is built, vX.Y.Z, as the cluster's go.mod pins it. */
export function kubernetesVersion(): string {
  return versionOf(readGoModule('cluster'), 'k8s.io/kubernetes');
}

/** Gives the paths of the named programs, and builds those that are not in the cache yet, which takes minutes on a new machine. */
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
  // One entry a name, which Object.fromEntries cannot know.
  return Object.fromEntries(names.map((name) => [name, pathOf(name)])) as ToolPaths<Name>;
}

async function build({ module, names }: BuildGroup, log: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const directory = toolsDirectory(module);
  const go = await ensureGo(module, log, signal);
  await mkdir(directory, { recursive: true });
  await removeAbandoned(directory);
  log(`building ${names.join(', ')} from source (once; kept in ${directory})`);
  const startedMs = performance.now();
  // Go writes into a directory of this build's own, and finished files are renamed: nobody ever sees half a binary, and two
  // builds at once only do the same work twice.
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

/** Removes what builds left behind whose process is gone. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const builder = /^\.building-(\d+)-/u.exec(name)?.[1];
    if (builder !== undefined && !existsSync(`/proc/${builder}`)) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}

/** Removes the programs of other versions of the sources that nobody asked for in a month: up to a gigabyte each. */
async function removeUnused(allTools: string): Promise<void> {
  for (const name of await readdir(allTools)) {
    const directory = join(allTools, name);
    const { mtimeMs } = await stat(directory);
    if (mtimeMs < Date.now() - UNUSED_AFTER_MS) {
      await rm(directory, { recursive: true, force: true });
    }
  }
}
