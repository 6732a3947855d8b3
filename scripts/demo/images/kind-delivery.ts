import { runCommand } from '../../../local-cluster/process/run-command.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type ImageDelivery, NO_REGISTRY } from './image-delivery.ts';
import { nodesWithout, removeFromNodes, type RunOnNode } from './node-images.ts';
import { withArchive } from './with-archive.ts';

/** A cluster of kind; its nodes are containers of the provider: docker, podman or nerdctl. */
export interface KindCluster {
  readonly cluster: string;
  readonly provider: string;
  readonly nodes: readonly string[];
}

/** Loads images into all nodes with `kind load`. */
export function deliverToKind({ cluster, provider, nodes }: KindCluster, engine: ContainerEngine): ImageDelivery {
  const runOnNode: RunOnNode = (node, argv, signal) => runCommand([provider, 'exec', node, ...argv], {}, signal);
  // Also for docker, since the user may have set another one.
  const env = { ...process.env, KIND_EXPERIMENTAL_PROVIDER: provider };
  const load = (what: 'docker-image' | 'image-archive', source: string, signal?: AbortSignal): Promise<string> =>
    runCommand(['kind', 'load', what, source, '--name', cluster], { env }, signal);
  return {
    registry: NO_REGISTRY,
    how: `to the nodes of the kind cluster ${cluster}`,
    missing: ({ reference }, signal) => nodesWithout(reference, nodes, runOnNode, signal),
    send: async ({ reference }, signal) => {
      // `kind load docker-image` reads from the command docker, also for clusters of podman.
      if (engine.program === 'docker' && provider === 'docker') await load('docker-image', reference, signal);
      else await withArchive(engine, reference, (path) => load('image-archive', path, signal), signal);
    },
    remove: (reference, signal) => removeFromNodes(reference, nodes, runOnNode, signal),
  };
}
