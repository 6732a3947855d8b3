import { DemoError } from '../demo-error.ts';
import type { ContainerEngine } from './container-engine.ts';
import { type ImageDelivery, NO_REGISTRY } from './image-delivery.ts';

/** Delivers nothing, since the nodes use the images of the engine; throws a DemoError if `engine` is another one. */
export function deliverToSharedEngine(
  { product, engineHost }: { readonly product: string; readonly engineHost: string },
  engine: ContainerEngine,
): ImageDelivery {
  if (engine.name !== 'docker' || engine.host !== engineHost) {
    throw new DemoError(
      `The cluster uses the images of the Docker engine of ${product} (${engineHost}), but ${engine.name} builds on ${engine.host}: ` +
        'select that engine with `docker context use` (`docker context ls` lists them), or add --registry REGISTRY.',
    );
  }
  return {
    registry: NO_REGISTRY,
    how: `to ${product}`,
    missing: () => Promise.resolve([]),
    send: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  };
}
