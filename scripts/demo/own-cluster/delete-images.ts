import { CommandFailedError, lastLines } from '../../../local-cluster/process/run-command.ts';
import type { DemoOptions } from '../command-line.ts';
import { DemoError } from '../demo-error.ts';
import type { ContainerEngine } from '../images/container-engine.ts';
import { findEngine } from '../images/find-engine.ts';
import { NO_REGISTRY } from '../images/image-delivery.ts';
import { log } from '../progress.ts';
import { chooseDelivery } from './choose-delivery.ts';
import type { OwnCluster } from './find-cluster.ts';

/** Removes the demo's images from the nodes and the engine; logs which stay, and why. */
export async function deleteImages(cluster: OwnCluster, options: DemoOptions, signal: AbortSignal): Promise<void> {
  try {
    const engine = await findEngine(options.engine, signal);
    const references = await engine.demoImages(signal);
    await removeFromCluster(cluster, engine, references.filter(isLoaded), signal);
    const pushed = references.filter((reference) => reference.includes('/') && !isLoaded(reference));
    if (pushed.length > 0) log(`these images stay in their registry: ${pushed.join(', ')}`);
    if (references.length > 0) log(`removing ${references.length} images from ${engine.name}`);
    for (const reference of references) await removeFromEngine(engine, reference, signal);
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    log(`the images stay on this machine. ${error.message}`);
  }
}

async function removeFromCluster(
  cluster: OwnCluster,
  engine: ContainerEngine,
  references: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // Other clusters pull their images.
  if (references.length === 0 || cluster.clusterType.type === 'other') return;
  const delivery = chooseDelivery({ ...cluster, registry: undefined }, engine);
  log('removing the images from the nodes');
  for (const reference of references) await delivery.remove(reference, signal);
}

async function removeFromEngine(engine: ContainerEngine, reference: string, signal: AbortSignal): Promise<void> {
  try {
    await engine.untag(reference, signal);
  } catch (error) {
    // A container of the user may use the image.
    if (!(error instanceof CommandFailedError)) throw error;
    log(`  ${reference} stays: ${lastLines(error.output, 1)}`);
  }
}

/** Whether a demo loaded an image into nodes instead of pushing it. */
function isLoaded(reference: string): boolean {
  return reference.startsWith(`${NO_REGISTRY}/`);
}
