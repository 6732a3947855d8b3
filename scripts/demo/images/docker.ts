import { CommandFailedError, runCommand } from '../../../local-cluster/process/run-command.ts';
import { log } from '../progress.ts';
import { reportBuildSteps } from './build-steps.ts';
import { type ContainerEngine, DEMO_LABEL, parseImageList } from './container-engine.ts';
import { DOCKERFILES } from './dockerfiles.ts';
import { isInsecure, type RegistryConfig } from './insecure-registries.ts';

/** The part of `docker info` that the demo reads. */
export interface DockerInfo {
  readonly Name: string;
  readonly RegistryConfig?: RegistryConfig;
}

/**
 * BuildKit, which the Dockerfiles need, also in a Docker that prefers the legacy builder; and without attestations, which contain
 * the time of the build and would make each build another image.
 */
const BUILD_ENVIRONMENT = { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };

/** The engine behind the `docker` command. */
export function createDocker(info: DockerInfo, hasBuildx: boolean): ContainerEngine {
  return {
    name: 'docker',
    program: 'docker',
    host: info.Name,
    build: async ({ dockerfile, platform, tag, label, network, buildArguments }, signal) => {
      const onLine = reportBuildSteps((step) => {
        log(`  ${step}`);
      });
      // A builder of the user's own choice would keep the image to itself.
      const load = hasBuildx ? ['--load'] : [];
      const options = ['--progress=plain', `--platform=${platform}`, `--label=${DEMO_LABEL}=${label}`, `--tag=${tag}`];
      const given = [
        ...(network === undefined ? [] : [`--network=${network}`]),
        ...buildArguments.map((pair) => `--build-arg=${pair}`),
      ];
      await runCommand(
        ['docker', 'build', ...load, ...options, ...given, `--file=${dockerfile}`, '.'],
        { cwd: DOCKERFILES, env: { ...process.env, ...BUILD_ENVIRONMENT }, onLine },
        signal,
      );
    },
    imageId: async (reference, signal) =>
      (await docker(['image', 'inspect', '--format={{.Id}}', reference], signal)).trim(),
    tag: async (reference, newReference, signal) => void (await docker(['tag', reference, newReference], signal)),
    untag: async (reference, signal) => void (await docker(['image', 'rm', reference], signal)),
    save: async (reference, path, signal) => void (await docker(['save', `--output=${path}`, reference], signal)),
    push: async (reference, signal) => void (await docker(['push', '--quiet', reference], signal)),
    pushIndex: async (reference, images, signal) => {
      const insecure = await insecureFlag(info, reference);
      await forgetIndex(reference);
      try {
        await docker(['manifest', 'create', ...insecure, reference, ...images], signal);
        await docker(['manifest', 'push', ...insecure, reference], signal);
      } finally {
        await forgetIndex(reference);
      }
    },
    isPushed: async (reference, signal) => {
      await forgetIndex(reference);
      return succeeds(['manifest', 'inspect', ...(await insecureFlag(info, reference)), reference], signal);
    },
    demoImages: async (signal) => {
      const format = '--format={{.Repository}}:{{.Tag}} {{.ID}}';
      const text = await docker(['image', 'ls', '--filter', `label=${DEMO_LABEL}`, format], signal);
      return parseImageList(text);
    },
  };
}

/** `docker manifest` runs in the client, which does not know the insecure registries of the engine. */
async function insecureFlag({ RegistryConfig = {} }: DockerInfo, reference: string): Promise<readonly string[]> {
  const [registry = ''] = reference.split('/');
  return (await isInsecure(registry, RegistryConfig)) ? ['--insecure'] : [];
}

/** Removes the client's own copy of an index, which `docker manifest inspect` would show as if the registry had it. */
async function forgetIndex(reference: string): Promise<void> {
  await succeeds(['manifest', 'rm', reference]);
}

async function succeeds(args: readonly string[], signal?: AbortSignal): Promise<boolean> {
  try {
    await docker(args, signal);
    return true;
  } catch (error) {
    if (error instanceof CommandFailedError) return false;
    throw error;
  }
}

function docker(args: readonly string[], signal?: AbortSignal): Promise<string> {
  return runCommand(['docker', ...args], {}, signal);
}
