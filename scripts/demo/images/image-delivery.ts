import { DemoError } from '../demo-error.ts';
import { log } from '../progress.ts';
import type { ProductImage } from './product-image.ts';

/** A way to bring images to the nodes of a cluster. */
export interface ImageDelivery {
  /** The beginning of the references, as the chart's value imageRegistry. */
  readonly registry: string;
  /** Completes "bringing IMAGE …", for instance "to the cluster kind-dev with kind". */
  readonly how: string;
  /** Where an image is missing, with the reason for each place; empty if it is everywhere. */
  missing(image: ProductImage, signal?: AbortSignal): Promise<readonly string[]>;
  send(image: ProductImage, signal?: AbortSignal): Promise<void>;
  /** Whether an image is there once `send` succeeds, so that nothing remains to be checked. */
  readonly confirmsSend?: boolean;
  /** Removes an image from the nodes, which an earlier run loaded there. */
  remove(reference: string, signal?: AbortSignal): Promise<void>;
}

/** The registry in the references of images that nodes never pull. An image that is missing is looked for nowhere else. */
export const NO_REGISTRY = 'localhost';

/** Brings an image to the cluster unless it is there; throws a DemoError that says where it is missing afterwards. */
export async function deliver(delivery: ImageDelivery, image: ProductImage, signal?: AbortSignal): Promise<void> {
  if ((await delivery.missing(image, signal)).length === 0) {
    log(`${image.reference} is there already`);
    return;
  }
  log(`bringing ${image.reference} ${delivery.how}`);
  await delivery.send(image, signal);
  if (delivery.confirmsSend === true) return;
  const missing = await delivery.missing(image, signal);
  if (missing.length > 0) {
    throw new DemoError(
      `${image.reference} did not arrive, although the command succeeded:\n${missing.map((line) => `  ${line}`).join('\n')}\n` +
        'To use a registry instead, add --registry REGISTRY.',
    );
  }
}
