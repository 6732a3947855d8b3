import { runCommand } from '../../../local-cluster/process/run-command.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type ImageDelivery, NO_REGISTRY } from './image-delivery.ts';
import { nodesWithout, type RunOnNode } from './node-images.ts';
import { withArchive } from './with-archive.ts';

/** A cluster of minikube. */
export interface MinikubeCluster {
  readonly profile: string;
  readonly nodes: readonly string[];
}

/**
 * Loads images into all nodes with `minikube image load`. Always from an archive: given a name, minikube looks for `localhost/…` at
 * Docker Hub, and keeps a copy of the image in its cache.
 */
export function deliverToMinikube({ profile, nodes }: MinikubeCluster, engine: ContainerEngine): ImageDelivery {
  const image = (argv: readonly string[], signal?: AbortSignal): Promise<string> =>
    runCommand(['minikube', 'image', ...argv, '--profile', profile], {}, signal);
  const runOnNode: RunOnNode = (node, argv, signal) =>
    runCommand(['minikube', 'ssh', '--profile', profile, '--node', node, '--', 'sudo', ...argv], {}, signal);
  return {
    registry: NO_REGISTRY,
    how: `to the nodes of the minikube profile ${profile}`,
    missing: async ({ reference }, signal) => {
      // `minikube image ls` lists the images of all nodes together. It works without ssh, which not every driver has.
      if (nodes.length > 1) return nodesWithout(reference, nodes, runOnNode, signal);
      const listed = (await image(['ls'], signal)).split('\n').map((line) => line.trim());
      // With the runtime docker, older minikubes put docker.io/ before `localhost/…`.
      const names = new Set([reference, `docker.io/${reference}`]);
      return listed.some((line) => names.has(line))
        ? []
        : [`\`minikube image ls --profile ${profile}\` does not list it`];
    },
    send: ({ reference }, signal) => withArchive(engine, reference, (path) => image(['load', path], signal), signal),
    remove: async (reference, signal) => {
      await image(['rm', reference], signal);
    },
  };
}
