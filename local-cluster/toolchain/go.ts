import { ensureInstalled, MissingProgramsError } from '../host/debian-packages.ts';
import { findFile, findProgram } from '../host/find-program.ts';
import { CommandFailedError, runCommand } from '../process/run-command.ts';
import type { ToolModule } from './catalog.ts';
import { moduleDirectory, readGoModule } from './go-module.ts';

/** No suitable Go is installed; the message says which version is needed, and how to install it. */
export class GoUnavailableError extends Error {
  override readonly name = 'GoUnavailableError';

  constructor(found: string, needed: string) {
    super(
      `${found} Go ${needed} or newer is needed to build Kubernetes and the other tools from source. Install it from go.dev/dl ` +
        `and put its bin directory on the PATH; any Go from 1.21 on fetches the version it needs, unless GOTOOLCHAIN=local.`,
    );
  }
}

/** The environment of `go` commands: without a C compiler, and independent of the user's settings. */
export function goEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', ...more };
}

/** The default installation directories of Go, which are not on the PATH of sudo. */
const GO_DIRECTORIES = ['/usr/local/go/bin', '/usr/lib/go/bin'];

/**
 * The path of a Go that has the version that a module needs, or downloads it; installs Debian's Go if there is none. Throws
 * GoUnavailableError.
 */
export async function ensureGo(module: ToolModule, log: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const neededVersion = readGoModule(module).goVersion;
  const go = findGo() ?? (await installGo(neededVersion, log, signal));
  const found = await goVersionIn(module, go, signal);
  if (!isAtLeast(found, neededVersion)) throw new GoUnavailableError(`Go ${found} is installed.`, neededVersion);
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
  if (go === undefined) throw new GoUnavailableError('Go is not installed.', neededVersion);
  return go;
}

/** The version that Go builds the module with, which may be a toolchain that it downloads. */
async function goVersionIn(module: ToolModule, go: string, signal?: AbortSignal): Promise<string> {
  try {
    const options = { cwd: moduleDirectory(module), env: goEnvironment() };
    return (await runCommand([go, 'env', 'GOVERSION'], options, signal)).trim().replace(/^go/u, '');
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    throw new GoUnavailableError(`Go failed: ${error.output.trim()}.`, readGoModule(module).goVersion);
  }
}

/** Compares two versions X.Y.Z; a missing part counts as 0. */
export function isAtLeast(version: string, needed: string): boolean {
  const have = partsOf(version);
  const want = partsOf(needed);
  const at = want.findIndex((part, index) => part !== (have[index] ?? 0));
  return at < 0 || (have[at] ?? 0) > (want[at] ?? 0);
}

function partsOf(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}
