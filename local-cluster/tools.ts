import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailedError, runCommand } from './process/run-command.ts';
import { BuildProgress, formatDuration } from './toolchain/build-progress.ts';
import { binaryNameOf, TOOL_PACKAGES, type ToolName } from './toolchain/catalog.ts';
import { checkGo, goEnvironment } from './toolchain/go.ts';
import { buildFlags, MODULE_DIRECTORY, readGoModule } from './toolchain/go-module.ts';
import { toolsDirectory } from './toolchain/tools-directory.ts';

/** The absolute path of each program that was asked for. */
export type ToolPaths<Name extends ToolName = ToolName> = Readonly<Record<Name, string>>;

/** Where progress is told, a line at a time. */
export interface EnsureToolsOptions {
  readonly log?: (line: string) => void;
}

const PROGRESS_INTERVAL_MS = 5000;

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
  // One entry a name, which Object.fromEntries cannot know.
  return Object.fromEntries(names.map((name) => [name, join(directory, name)])) as ToolPaths<Name>;
}

async function build(
  names: readonly ToolName[],
  directory: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  await checkGo(readGoModule().goVersion, signal);
  await mkdir(directory, { recursive: true });
  await removeAbandoned(directory);
  log(`building ${names.join(', ')} from source (once; they are kept in ${directory})`);
  const startedMs = performance.now();
  for (const batch of batches(names)) {
    // Go writes into a directory of this build's own, and finished files are renamed: nobody ever sees half a binary, and two
    // builds at once only do the same work twice.
    const staging = await mkdtemp(join(directory, `.building-${process.pid}-`));
    try {
      await install(batch, staging, log, signal);
      for (const name of batch) await rename(join(staging, binaryNameOf(TOOL_PACKAGES[name])), join(directory, name));
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
  log(`built ${names.length} programs in ${formatDuration(performance.now() - startedMs)}`);
}

async function install(
  names: readonly ToolName[],
  staging: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const packages = names.map((name) => TOOL_PACKAGES[name]);
  const flags = buildFlags(readGoModule());
  const environment = { cwd: MODULE_DIRECTORY, env: goEnvironment({ GOBIN: staging }) };
  log('looking up what has to be compiled (this downloads the sources the first time)');
  const listing = [
    'go',
    'list',
    ...flags,
    '-deps',
    '-f',
    '{{if and .Stale (ne .Name "main")}}{{.ImportPath}}{{end}}',
    ...packages,
  ];
  const stale = await explainDisk(runCommand(listing, environment, signal));
  const progress = new BuildProgress(stale.split('\n').filter((line) => line !== '').length, performance.now());
  const timer = setInterval(() => {
    log(progress.describe(performance.now()));
  }, PROGRESS_INTERVAL_MS);
  try {
    const onLine = (line: string): void => {
      if (!progress.compiled(line)) log(line);
    };
    await explainDisk(runCommand(['go', 'install', '-v', ...flags, ...packages], { ...environment, onLine }, signal));
  } finally {
    clearInterval(timer);
  }
}

/** Groups tools so that no two of a group have the same binary name: Go writes one directory at a time. */
export function batches(names: readonly ToolName[]): ToolName[][] {
  const groups: ToolName[][] = [];
  for (const name of names) {
    const binary = binaryNameOf(TOOL_PACKAGES[name]);
    const free = groups.find((group) => !group.some((other) => binaryNameOf(TOOL_PACKAGES[other]) === binary));
    if (free === undefined) groups.push([name]);
    else free.push(name);
  }
  return groups;
}

async function explainDisk(command: Promise<string>): Promise<string> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof CommandFailedError && error.output.includes('no space left on device')) {
      throw new Error(
        'The disk is full. Building the tools takes about 8 GB the first time: 5 GB of Go build cache (`go env GOCACHE`; ' +
          '`go clean -cache` frees it afterwards), 2 GB of sources and 1 GB of programs.',
        { cause: error },
      );
    }
    throw error;
  }
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
