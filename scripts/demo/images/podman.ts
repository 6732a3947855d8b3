import { CommandFailedError, runCommand } from '../../../local-cluster/process/run-command.ts';
import { log } from '../progress.ts';
import { reportBuildSteps } from './build-steps.ts';
import { type ContainerEngine, DEMO_LABEL, parseImageList } from './container-engine.ts';
import { DOCKERFILES } from './dockerfiles.ts';

/** The part of `podman info` that the demo reads. */
export interface PodmanInfo {
  readonly host: { readonly hostname: string };
}

/** The engine behind the `podman` command, or behind a `docker` command that is podman. */
export function createPodman(program: string, info: PodmanInfo): ContainerEngine {
  const podman = (args: readonly string[], signal?: AbortSignal): Promise<string> =>
    runCommand([program, ...args], {}, signal);
  return {
    name: 'podman',
    program,
    host: info.host.hostname,
    build: async ({ dockerfile, platform, tag, label, network, buildArguments }, signal) => {
      const onLine = reportBuildSteps((step) => {
        log(`  ${step}`);
      });
      const options = ['--layers', `--platform=${platform}`, `--label=${DEMO_LABEL}=${label}`, `--tag=${tag}`];
      const given = [
        ...(network === undefined ? [] : [`--network=${network}`]),
        ...buildArguments.map((pair) => `--build-arg=${pair}`),
      ];
      await runCommand(
        [program, 'build', ...options, ...given, `--file=${dockerfile}`, '.'],
        { cwd: DOCKERFILES, onLine },
        signal,
      );
    },
    imageId: async (reference, signal) =>
      (await podman(['image', 'inspect', '--format={{.Id}}', reference], signal)).trim(),
    tag: async (reference, newReference, signal) => void (await podman(['tag', reference, newReference], signal)),
    untag: async (reference, signal) => void (await podman(['image', 'rm', reference], signal)),
    save: async (reference, path, signal) =>
      void (await podman(['save', '--quiet', '--format=docker-archive', `--output=${path}`, reference], signal)),
    push: async (reference, signal) => void (await podman(['push', '--quiet', reference], signal)),
    pushIndex: async (reference, images, signal) => {
      await podman(['manifest', 'create', reference, ...images.map((image) => `docker://${image}`)], signal);
      try {
        await podman(['manifest', 'push', '--all', reference, `docker://${reference}`], signal);
      } finally {
        await podman(['manifest', 'rm', reference]);
      }
    },
    isPushed: async (reference, signal) => {
      const colon = reference.lastIndexOf(':');
      const [repository, tag] = [reference.slice(0, colon), reference.slice(colon + 1)];
      try {
        // `podman manifest inspect` refuses images that are not an index.
        const tags = await podman(['search', '--list-tags', '--limit=1000000', repository], signal);
        return tags.split('\n').some((line) => line.trim().split(/\s+/u).at(-1) === tag);
      } catch (error) {
        if (error instanceof CommandFailedError) return false;
        throw error;
      }
    },
    demoImages: async (signal) => {
      const format = '--format={{.Repository}}:{{.Tag}} {{.ID}}';
      const text = await podman(['image', 'ls', '--filter', `label=${DEMO_LABEL}`, format], signal);
      return parseImageList(text);
    },
  };
}
