import { CommandFailedError, runCommand } from '../process/run-command.ts';
import { BuildProgress } from './build-progress.ts';
import { binaryNameOf, TOOL_PACKAGES, type ToolName } from './catalog.ts';
import { goEnvironment } from './go.ts';
import { buildFlags, MODULE_DIRECTORY, readGoModule } from './go-module.ts';

const PROGRESS_INTERVAL_MS = 5000;

/** The build ran out of disk; the message says how much it takes, and what can be freed afterwards. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';

  constructor(cause: unknown) {
    super(
      'The disk is full. Building the tools takes about 8 GB the first time: 5 GB of Go build cache (`go env GOCACHE`; ' +
        '`go clean -cache` frees it afterwards), 2 GB of sources and 1 GB of programs.',
      { cause },
    );
  }
}

/** Groups tools so that no two of a group have the same binary name: Go writes each group into one directory. */
export function groupByBinary(names: readonly ToolName[]): ToolName[][] {
  const groups: ToolName[][] = [];
  for (const name of names) {
    const binary = binaryNameOf(TOOL_PACKAGES[name]);
    const free = groups.find((group) => !group.some((other) => binaryNameOf(TOOL_PACKAGES[other]) === binary));
    if (free === undefined) groups.push([name]);
    else free.push(name);
  }
  return groups;
}

/** Builds tools of one group into a directory with `go install`, and tells how far it is every few seconds. */
export async function goInstall(
  go: string,
  { names, directory }: { readonly names: readonly ToolName[]; readonly directory: string },
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const packages = names.map((name) => TOOL_PACKAGES[name]);
  const flags = buildFlags(readGoModule());
  const options = { cwd: MODULE_DIRECTORY, env: goEnvironment({ GOBIN: directory }) };
  log('looking up what has to be compiled (this downloads the sources the first time)');
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
