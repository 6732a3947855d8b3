import { DemoError } from '../demo-error.ts';
import { type ClusterNode, openNodes, platformsOf } from './cluster-node.ts';

/** The flags that decide the platforms. */
export interface PlatformOptions {
  readonly platform: string | undefined;
  readonly registry: string | undefined;
}

/** The platforms to build for: the given one, or those of the nodes that take pods; throws a DemoError if they tell none. */
export function imagePlatforms(
  nodes: readonly ClusterNode[],
  { platform, registry }: PlatformOptions,
): readonly string[] {
  if (platform !== undefined) return [platform];
  const platforms = platformsOf(openNodes(nodes));
  if (platforms.length === 0) {
    const why =
      nodes.length === 0
        ? 'The cluster has no node.'
        : 'No node of the cluster can run the demo: each is cordoned, tainted, or does not run Linux.';
    throw new DemoError(
      `${why} If it adds nodes for pods, add --registry REGISTRY and the platform of those nodes: --platform linux/amd64 or linux/arm64.`,
    );
  }
  // An image in the engine has one platform.
  if (platforms.length > 1 && registry === undefined) {
    throw new DemoError(`The nodes have several platforms (${platforms.join(', ')}): add --registry REGISTRY.`);
  }
  return platforms;
}
