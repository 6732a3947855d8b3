import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatDuration } from './toolchain/build-progress.ts';
import { binaryNameOf, TOOL_PACKAGES, type ToolName } from './toolchain/catalog.ts';
import { goInstall, groupByBinary } from './toolchain/go-install.ts';
import { readGoModule } from './toolchain/go-module.ts';
import { ensureGo } from './toolchain/go.ts';
import { toolsDirectory } from './toolchain/tools-directory.ts';

/** The absolute path of each program that was asked for. */
export type ToolPaths<Name extends ToolName = ToolName> = Readonly<Record<Name, string>>;

/** Where progress is told, a line at a time. */
export interface EnsureToolsOptions {
  readonly log?: (line: string) => void;
}

const UNUSED_AFTER_MS = 30 * 24 * 3600 * 1000;

/** The version of Kubernetes that is built, vX.Y.Z, as the tools' go.mod pins it. */
export function kubernetesVersion(): string {
  return readGoModule().kubernetesVersion;
}

/** Gives the paths of the named programs, and builds those that are not in the cache yet, which takes minutes on a new machine. */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  options: EnsureToolsOptions = {},
  signal?: AbortSignal,
): Promise<ToolPaths<Name>> {
  const directory = toolsDirectory();
  const missing = names.filter((name) => !existsSync(join(directory, name)));
  if (missing.length > 0) await build(missing, directory, options.log ?? (() => {}), signal);
  const now = new Date();
  await utimes(directory, now, now);
  // One entry a name, which Object.fromEntries cannot know.
  return Object.fromEntries(names.map((name) => [name, join(directory, name)])) as ToolPaths<Name>;
}

async function build(
  names: readonly ToolName[],
  directory: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const go = await ensureGo(readGoModule().goVersion, log, signal);
  await mkdir(directory, { recursive: true });
  await removeAbandoned(directory);
  log(`building ${names.join(', ')} from source (once; they are kept in ${directory})`);
  const startedMs = performance.now();
  for (const group of groupByBinary(names)) {
    // Go writes into a directory of this build's own, and finished files are renamed: nobody ever sees half a binary, and two
    // builds at once only do the same work twice.
    const staging = await mkdtemp(join(directory, `.building-${process.pid}-`));
    try {
      await goInstall(go, { names: group, directory: staging }, log, signal);
      for (const name of group) await rename(join(staging, binaryNameOf(TOOL_PACKAGES[name])), join(directory, name));
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
  await removeUnused(directory);
  log(`built ${names.length} programs in ${formatDuration(performance.now() - startedMs)}`);
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

/** Removes the programs of other versions of the sources that nobody asked for in a month: a gigabyte each. */
async function removeUnused(current: string): Promise<void> {
  for (const name of await readdir(dirname(current))) {
    const directory = join(dirname(current), name);
    const { mtimeMs } = await stat(directory);
    if (directory !== current && mtimeMs < Date.now() - UNUSED_AFTER_MS) {
      await rm(directory, { recursive: true, force: true });
    }
  }
}
