import { CommandFailedError, CommandNotFoundError, runCommand } from '../../../local-cluster/process/run-command.ts';
import { ENGINES } from '../command-line.ts';
import { DemoError } from '../demo-error.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type ImageDelivery, NO_REGISTRY } from './image-delivery.ts';
import { nodesWithout, removeFromNodes, type RunOnNode } from './node-images.ts';
import { withArchive } from './with-archive.ts';

/** A cluster of k3d; its nodes are containers of Docker, or of podman through Docker's API. */
export interface K3dCluster {
  readonly cluster: string;
  readonly nodes: readonly string[];
}

/** Imports images into all nodes with `k3d image import`. */
export function deliverToK3d({ cluster, nodes }: K3dCluster, engine: ContainerEngine): ImageDelivery {
  const load = (source: string, signal?: AbortSignal): Promise<string> =>
    runCommand(['k3d', 'image', 'import', source, '--cluster', cluster], {}, signal);
  return {
    registry: NO_REGISTRY,
    how: `to the nodes of the k3d cluster ${cluster}`,
    missing: ({ reference }, signal) => nodesWithout(reference, nodes, runOnNode, signal),
    send: async ({ reference }, signal) => {
      if (engine.name === 'docker') await load(reference, signal);
      else await withArchive(engine, reference, (path) => load(path, signal), signal);
    },
    remove: (reference, signal) => removeFromNodes(reference, nodes, runOnNode, signal),
  };
}

const runOnNode: RunOnNode = async (node, argv, signal) =>
  runCommand([await programOf(node, signal), 'exec', node, ...argv], {}, signal);

/** The program that has the container of a node, which may be another one than builds the images. */
async function programOf(node: string, signal?: AbortSignal): Promise<string> {
  for (const program of ENGINES) {
    try {
      await runCommand([program, 'container', 'inspect', node], {}, signal);
      return program;
    } catch (error) {
      if (!(error instanceof CommandFailedError || error instanceof CommandNotFoundError)) throw error;
    }
  }
  throw new DemoError(
    `Neither docker nor podman has the container ${node}: select the engine of the cluster, for instance with \`docker context use\`.`,
  );
}
