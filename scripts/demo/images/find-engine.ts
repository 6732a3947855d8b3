import { findProgram } from '../../../local-cluster/host/find-program.ts';
import { CommandFailedError, lastLines, runCommand } from '../../../local-cluster/process/run-command.ts';
import { type EngineName, ENGINES } from '../command-line.ts';
import { DemoError } from '../demo-error.ts';
import { howToInstall } from '../required-programs.ts';
import type { ContainerEngine } from './container-engine.ts';
import { createDocker, type DockerInfo } from './docker.ts';
import { createPodman, type PodmanInfo } from './podman.ts';

/** An engine that is installed, but cannot build the images; the message says why. */
class UnusableEngineError extends Error {
  override readonly name = 'UnusableEngineError';
}

/** Finds an engine that runs: the named one, or the first of docker and podman; throws a DemoError that says how to start one. */
export async function findEngine(wanted: EngineName | undefined, signal?: AbortSignal): Promise<ContainerEngine> {
  const problems: string[] = [];
  for (const name of wanted === undefined ? ENGINES : [wanted]) {
    try {
      return await connect(name, signal);
    } catch (error) {
      if (!(error instanceof UnusableEngineError)) throw error;
      problems.push(`  ${error.message}`);
    }
  }
  throw new DemoError(`The images cannot be built here:\n${problems.join('\n')}`);
}

async function connect(name: EngineName, signal?: AbortSignal): Promise<ContainerEngine> {
  if (findProgram(name) === undefined) {
    throw new UnusableEngineError(`${name} is not installed (or not on the PATH): ${howToInstall(name)}`);
  }
  if (name === 'podman') return connectPodman('podman', signal);
  // Some systems install podman as docker.
  const version = await ask(['docker', '--version'], signal);
  return /podman/iu.test(version) ? connectPodman('docker', signal) : connectDocker(signal);
}

async function connectPodman(program: string, signal?: AbortSignal): Promise<ContainerEngine> {
  const hint = 'on macOS and Windows, start its machine: `podman machine init`, `podman machine start`';
  const text = await ask([program, 'info', '--format=json'], signal, hint);
  return createPodman(program, JSON.parse(text) as PodmanInfo); // The documented format of podman info.
}

async function connectDocker(signal?: AbortSignal): Promise<ContainerEngine> {
  const hint = 'start Docker Desktop or the service docker, and check that your user may use it: `docker version`';
  const version = await ask(['docker', 'version', '--format={{.Client.Version}} {{.Server.Version}}'], signal, hint);
  const hasBuildx = await succeeds(['docker', 'buildx', 'version'], signal);
  // Clients before 23 contain BuildKit's client.
  if (!hasBuildx && Number.parseInt(version, 10) >= 23) {
    throw new UnusableEngineError(
      'docker has no buildx, which the Dockerfiles need: install the package docker-buildx (Debian, Ubuntu), ' +
        'docker-buildx-plugin (Docker’s own packages), or see https://docs.docker.com/go/buildx/',
    );
  }
  const text = await ask(['docker', 'info', '--format={{json .}}'], signal, hint);
  return createDocker(JSON.parse(text) as DockerInfo, hasBuildx); // The documented format of docker info.
}

async function ask(argv: readonly string[], signal?: AbortSignal, hint?: string): Promise<string> {
  try {
    return await runCommand(argv, {}, signal);
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    const advice = hint === undefined ? '' : ` (${hint})`;
    throw new UnusableEngineError(`${argv[0]} does not work: ${lastLines(error.output, 1)}${advice}`);
  }
}

async function succeeds(argv: readonly string[], signal?: AbortSignal): Promise<boolean> {
  try {
    await runCommand(argv, {}, signal);
    return true;
  } catch (error) {
    if (error instanceof CommandFailedError) return false;
    throw error;
  }
}
