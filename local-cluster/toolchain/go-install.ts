import { CommandFailedError, runCommand } from '../process/run-command.ts';
import { BuildProgress } from './build-progress.ts';
import { binaryNameOf, findTool, type ToolModule, type ToolName } from './catalog.ts';
import { goEnvironment } from './go.ts';
import { buildFlags, moduleDirectory, readGoModule } from './go-module.ts';

const PROGRESS_INTERVAL_MS = 5000;

/** The disk is full; the message says how much space the build needs, and what can be freed afterwards. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';

  constructor(cause: unknown) {
    super(
      'The disk is full. Building the tools needs about 8 GB the first time, and 5 GB more for Argo CD and Kyverno and 2 GB ' +
        'for the API server of each older version, which tests need. Most of it is the Go build cache (`go env GOCACHE`), which `go clean -cache` frees afterwards.',
      { cause },
    );
  }
}

/** Tools that one `go install` builds. */
export interface BuildGroup {
  readonly module: ToolModule;
  readonly names: readonly ToolName[];
}

/** Groups tools by module, without duplicate binary names in a group, since Go writes all binaries into one directory. */
export function groupForBuild(names: readonly ToolName[]): readonly BuildGroup[] {
  const groups: { readonly module: ToolModule; readonly names: ToolName[] }[] = [];
  for (const name of names) {
    const { module } = findTool(name);
    const free = groups.find(
      (group) => group.module === module && !group.names.some((other) => binaryOf(other) === binaryOf(name)),
    );
    if (free === undefined) groups.push({ module, names: [name] });
    else free.names.push(name);
  }
  return groups;
}

/** The name of the binary of a tool. */
export function binaryOf(name: ToolName): string {
  return binaryNameOf(findTool(name).packagePath);
}

/** Builds the tools of one group into a directory with `go install`, and logs the progress every few seconds. */
export async function goInstall(
  go: string,
  { module, names, directory }: BuildGroup & { readonly directory: string },
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const packages = names.map((name) => findTool(name).packagePath);
  const flags = buildFlags(readGoModule(module));
  const options = { cwd: moduleDirectory(module), env: goEnvironment({ GOBIN: directory }) };
  log('listing the packages to compile (downloads the sources the first time)');
  const template = '{{if and .Stale (ne .Name "main")}}{{.ImportPath}}{{end}}';
  const stale = await explain(
    runCommand([go, 'list', ...flags, '-deps', '-f', template, ...packages], options, signal),
  );
  const progress = new BuildProgress(stale.split('\n').filter((line) => line !== '').length, performance.now());
  const timer = setInterval(() => {
    log(progress.describe(performance.now()));
  }, PROGRESS_INTERVAL_MS);
  try {
    const onLine = (line: string): void => {
      if (!progress.compiled(line)) log(line);
    };
    await explain(runCommand([go, 'install', '-v', ...flags, ...packages], { ...options, onLine }, signal));
  } finally {
    clearInterval(timer);
  }
}

async function explain(command: Promise<string>): Promise<string> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof CommandFailedError && error.output.includes('no space left on device')) {
      throw new DiskFullError(error);
    }
    throw error;
  }
}
