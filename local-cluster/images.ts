import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureInstalled } from './host/debian-packages.ts';
import { IMAGE_REQUIREMENTS } from './host/requirements.ts';
import { buildBaseImages } from './images/base-images.ts';
import { type BuildContext, entriesBelow } from './images/build-context.ts';
import { buildArchive, type BuiltImage } from './images/built-image.ts';

const REPOSITORY = join(import.meta.dirname, '..');

/** The inputs of the Dockerfiles, as in .dockerignore; no other file changes the images. */
const INPUTS = [
  'LICENSE',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'scripts/build.ts',
  'scripts/sbom.ts',
  'service',
  'operator',
  'controller-runtime',
  'crds/temperatureconverters.yaml',
];

/** The product's images, built on this machine from the Dockerfiles. */
export interface ProductImages {
  readonly service: BuiltImage;
  readonly operator: BuiltImage;
}

/** The build contexts of the service's and the operator's images, with local base images. */
export async function productContexts(
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<Record<keyof ProductImages, BuildContext>> {
  await ensureInstalled(IMAGE_REQUIREMENTS, log, signal);
  const bases = await buildBaseImages(log, signal);
  const entries = INPUTS.flatMap((input) => entriesBelow(REPOSITORY, input)).filter(
    ({ path }) => !path.endsWith('.test.ts') && !/^controller-runtime\/(?:testing|examples)\//u.test(path),
  );
  const contextOf = async (dockerfile: string): Promise<BuildContext> => ({
    dockerfile: await readFile(join(REPOSITORY, dockerfile), 'utf8'),
    buildArguments: { BUILD_IMAGE: bases.buildImage, RUNTIME_IMAGE: bases.runtimeImage },
    entries,
  });
  return { service: await contextOf('Dockerfile.service'), operator: await contextOf('Dockerfile.operator') };
}

/** Builds the service's and the operator's images, or returns existing ones of the same inputs. */
export async function buildProductImages(log: (line: string) => void, signal?: AbortSignal): Promise<ProductImages> {
  const { service, operator } = await productContexts(log, signal);
  return {
    service: await buildArchive('temperature-converter-service', service, log, signal),
    operator: await buildArchive('temperature-converter-operator', operator, log, signal),
  };
}
