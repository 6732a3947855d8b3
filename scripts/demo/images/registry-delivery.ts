import { CommandFailedError } from '../../../local-cluster/process/run-command.ts';
import { DemoError } from '../demo-error.ts';
import type { ContainerEngine } from './container-engine.ts';
import type { ImageDelivery } from './image-delivery.ts';

/** Pushes images to a registry that the cluster pulls from. */
export function deliverToRegistry(registry: string, engine: ContainerEngine): ImageDelivery {
  const explain = async (push: Promise<void>): Promise<void> => {
    try {
      await push;
    } catch (error) {
      if (
        error instanceof CommandFailedError &&
        /denied|unauthorized|authentication|no basic auth/iu.test(error.output)
      ) {
        const [host = ''] = registry.split('/');
        throw new DemoError(`${error.message}\nLog in first: ${engine.name} login ${host}`);
      }
      throw error;
    }
  };
  return {
    registry,
    how: 'to its registry',
    // A push ends when the registry has accepted the image. To ask for it afterwards can fail: an account may be allowed only to push,
    // and the client lacks the engine's proxy and CAs.
    confirmsSend: true,
    missing: async ({ reference }, signal) =>
      (await engine.isPushed(reference, signal)) ? [] : [`the registry does not have ${reference}`],
    send: async ({ reference, variants }, signal) => {
      for (const variant of variants) await explain(engine.push(variant, signal));
      if (variants.length > 1) await explain(engine.pushIndex(reference, variants, signal));
    },
    // Nodes remove pulled images by themselves when they are short of space.
    remove: () => Promise.resolve(),
  };
}
