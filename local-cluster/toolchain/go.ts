import { CommandFailedError, CommandNotFoundError, runCommand } from '../process/run-command.ts';
import { MODULE_DIRECTORY } from './go-module.ts';

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

/** Throws GoUnavailableError unless `go`, in the tools' module, is or can become the version that the module asks for. */
export async function checkGo(neededVersion: string, signal?: AbortSignal): Promise<void> {
  let found: string;
  try {
    // Inside the module, a Go that fetches toolchains answers with the version that it would build with.
    const version = await runCommand(
      ['go', 'env', 'GOVERSION'],
      { cwd: MODULE_DIRECTORY, env: goEnvironment() },
      signal,
    );
    found = version.trim().replace(/^go/u, '');
  } catch (error) {
    if (error instanceof CommandNotFoundError) throw new GoUnavailableError('There is no Go here.', neededVersion);
    if (error instanceof CommandFailedError) {
      throw new GoUnavailableError(`The Go here says: ${error.output.trim()}.`, neededVersion);
    }
    throw error;
  }
  if (!isAtLeast(found, neededVersion)) throw new GoUnavailableError(`The Go here is ${found}.`, neededVersion);
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
