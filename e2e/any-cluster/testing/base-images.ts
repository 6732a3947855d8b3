import { buildBaseImages } from '../../../local-cluster/images/base-images.ts';
import { buildah } from '../../../local-cluster/images/buildah.ts';
import type { Registry } from './registry.ts';

/** Pushes the local base images to a registry, as a mirror, and returns the build arguments that name them. */
export async function mirrorBaseImages({ address }: Registry): Promise<readonly string[]> {
  const { buildImage, runtimeImage } = await buildBaseImages(() => undefined);
  const push = async (image: string, name: string): Promise<string> => {
    const reference = `${address}/mirror/${name}:26`;
    await buildah(['push', '--quiet', '--tls-verify=false', '--compression-level=1', image, `docker://${reference}`]);
    return reference;
  };
  return [`BUILD_IMAGE=${await push(buildImage, 'build')}`, `RUNTIME_IMAGE=${await push(runtimeImage, 'runtime')}`];
}
