import { ensureInstalled, MissingProgramsError } from '../host/debian-packages.ts';
import { findFile, findProgram } from '../host/find-program.ts';
import { CommandFailedError, runCommand } from '../process/run-command.ts';
import type { ToolModule } from './catalog.ts';
import { moduleDirectory, readGoModule } from './go-module.ts';

/** There is no Go on this machine that can build the tools; the message says which one, and how to get it. */
export class GoUnavailableError extends Error {
  override readonly name = 'GoUnavailableError';

  constructor(found: string, needed: string) {
    super(
      `${found} Go ${needed} or newer is needed to build Kubernetes and its friends from source. Install it from go.dev/dl ` +
        `and put its bin directory on the PATH; any Go from 1.21 on fetches the version it needs, unless GOTOOLCHAIN=local.`,
    );
  }
}

/** The environment of every `go` command: no C compiler is needed, and settings of the user's shell do not change the binaries. */
export function goEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', ...more };
}

/** Where Go's own installation puts it, which is not on the PATH that sudo sets. */
const GO_DIRECTORIES = ['/usr/local/go/bin', '/usr/lib/go/bin'];

/**
 * Gives the path of a Go that is, or in a module of tools becomes, the version that the module needs; installs Debian's
 * where there is none. Throws GoUnavailableError.
 */
export async function ensureGo(module: ToolModule, log: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const neededVersion = readGoModule(module).goVersion;
  const go = findGo() ?? (await installGo(neededVersion, log, signal));
  const found = await goVersionIn(module, go, signal);
  if (!isAtLeast(found, neededVersion)) throw new GoUnavailableError(`The Go here is ${found}.`, neededVersion);
  return go;
}

function findGo(): string | undefined {
  return findProgram('go') ?? findFile('go', GO_DIRECTORIES);
}

async function installGo(neededVersion: string, log: (line: string) => void, signal?: AbortSignal): Promise<string> {
  try {
    await ensureInstalled([{ debianPackage: 'golang-go', programs: ['go'] }], log, signal);
  } catch (error) {
    if (!(error instanceof MissingProgramsError)) throw error;
  }
  const go = findGo();
  if (go === undefined) throw new GoUnavailableError('There is no Go here.', neededVersion);
  return go;
}

/** Inside the module, a Go that fetches toolchains answers with the version that it would build with. */
async function goVersionIn(module: ToolModule, go: string, signal?: AbortSignal): Promise<string> {
  try {
    const options = { cwd: moduleDirectory(module), env: goEnvironment() };
    return (await runCommand([go, 'env', 'GOVERSION'], options, signal)).trim().replace(/^go/u, '');
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    throw new GoUnavailableError(`The Go here says: ${error.output.trim()}.`, readGoModule(module).goVersion);
  }
}

/** Compares two versions of the form X.Y.Z, of which a missing part counts as 0. */
export function isAtLeast(version: string, needed: string): boolean {
  const have = partsOf(version);
  const want = partsOf(needed);
  const at = want.findIndex((part, index) => part !== (have[index] ?? 0));
  return at < 0 || (have[at] ?? 0) > (want[at] ?? 0);
}

function partsOf(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}
